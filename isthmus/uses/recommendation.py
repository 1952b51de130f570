"""What to offer whom: items that users do not have yet, by what they and others have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.data.rows import Rows, drawn
from isthmus.errors import BadInput
from isthmus.inference import across
from isthmus.restoring import mend
from isthmus.settings import Interval
from isthmus.uses.ease import Ease
from isthmus.uses.own_fit import unfitted
from isthmus.uses.ranking import Scorer, best_items, hide_some, judge_ranking

__all__ = [
    "HELD_BACK",
    "Blend",
    "Recommender",
    "as_interactions",
    "hold_back",
    "logits",
    "popularity",
]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

#: Share of each judging user's items that is to be found by the others.
HELD_BACK = 0.2
JUDGES, FEWEST_JUDGES, MOST_JUDGES = 0.1, 20, 2000
FEWEST = 4
STRENGTHS = (30.0, 100.0, 300.0, 1000.0, 3000.0)
SHARES = tuple(tenth / 10 for tenth in range(11))


@dataclass(frozen=True, eq=False)
class Blend:
    """Scores of the network and of the linear model, each standardised user by user, added up.

    Attributes
    ----------
    network : callable
        (m, p) sparse -> logits (m, p).
    linear : Ease
    share : float
        Of the network, 0..1.
    """

    network: Scorer
    linear: Ease
    share: float

    def __call__(self, has: csr_matrix) -> Floats:
        """How well each item goes with what users have, shape (m, p)."""
        if self.share == 0.0:
            return self.linear.scores(has)
        network = _standardised(self.network(has))
        if self.share == 1.0:
            return network
        return self.share * network + (1 - self.share) * _standardised(self.linear.scores(has))


class Recommender(BaseEstimator):
    """Ranks what users do not have yet.

    A denoising autoencoder with multinomial loss (the preset ``recommend``), beside the best linear
    model (`isthmus.uses.ease`): their standardised scores are added. The share of the network and
    the strength of the linear model's penalty are those that rank items best which were held back
    from both, a fifth of what a tenth of the users have; so neither can do harm.

    Parameters
    ----------
    autoencoder : Autoencoder or None, default=None
        Is cloned and fitted; None is the preset ``recommend``.
    random_state : int, default=0

    Attributes
    ----------
    autoencoder_ : Autoencoder
        Its codes are those of users.
    linear_ : Ease
    share_ : float
        Of the network in the scores, 0..1.
    strength_ : float
        Of the linear model's penalty.
    n_features_in_ : int
        Items.

    Examples
    --------
    >>> import numpy as np
    >>> taste = np.repeat([0, 1], 40)
    >>> has = np.random.default_rng(0).random((80, 20)) < np.where(taste[:, None], .1, .6)
    >>> has[:, 10:] = np.random.default_rng(1).random((80, 10)) < np.where(taste[:, None], .6, .1)
    >>> preset = Autoencoder.from_preset("recommend", 4, training__epochs=5)
    >>> likes = np.zeros((1, 20)); likes[0, :4] = 1
    >>> bool(Recommender(preset).fit(has).recommend(likes, 3)[0].max() < 10)
    True
    """

    def __init__(self, autoencoder: Autoencoder | None = None, *, random_state: int = 0):
        self.autoencoder = autoencoder
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn who likes what.

        Parameters
        ----------
        X : sparse matrix or array-like, shape (n_users, n_items)
            Not zero where a user has an item; how much plays no part. Stays sparse.
        y : ignored

        Raises
        ------
        BadInput
            If X cannot be used, or has fewer than 4 users or 2 items.
        """
        has = as_interactions(self, X, reset=True)
        seen, held = hold_back(has, self.random_state)
        preset = self.autoencoder or Autoencoder.from_preset("recommend")
        return self._blend(unfitted(preset, self.random_state).fit(seen), seen, held)

    @classmethod
    def of(cls, ae: Autoencoder, seen: csr_matrix, held: csr_matrix) -> Recommender:
        """A recommender by an autoencoder that is fitted already.

        Parameters
        ----------
        ae : Autoencoder
            Fitted to ``seen``.
        seen, held : sparse matrix, shape (n_users, n_items)
            What `hold_back` gave.
        """
        recommender = cls(ae)
        return recommender._blend(ae, as_interactions(recommender, seen, reset=True), held)

    @classmethod
    def restored(cls, ae: Autoencoder, linear: Ease, share: float, strength: float) -> Recommender:
        """A recommender from its parts."""
        recommender = cls(ae)
        recommender.n_features_in_ = linear.n_items
        return recommender._set(ae, linear, share, strength)

    def score_items(self, X: Any) -> Floats:
        """How well each item goes with what users have, shape (n_users, n_items).

        Larger is better; scores of one user are comparable, those of two are not.
        """
        check_is_fitted(self)
        return self.scorer_(as_interactions(self, X, reset=False))

    def recommend(self, X: Any, n: int = 10) -> tuple[Indices, Floats]:
        """The best items that users do not have.

        Parameters
        ----------
        X : sparse matrix or array-like, shape (n_users, n_items)
            What they have; they need not be those of the fit.
        n : int, default=10
            How many; at least 1.

        Returns
        -------
        items : ndarray of int, shape (n_users, min(n, n_items))
            Columns of X, best first; -1 where a user has all others.
        scores : ndarray, shape (n_users, min(n, n_items))
        """
        check_is_fitted(self)
        Interval(int, 1).check("recommend", "n", n)
        return best_items(self.scorer_, as_interactions(self, X, reset=False), n)

    def scorers(self) -> Mapping[str, Scorer]:
        """Both of them and each alone, by name: "both", "network", "linear"."""
        check_is_fitted(self)
        return {
            "both": self.scorer_,
            "network": self.scorer_.network,
            "linear": self.linear_.scores,
        }

    def _blend(self, ae: Autoencoder, seen: csr_matrix, held: csr_matrix) -> Self:
        """Choose penalty and share by what was held back from both models."""
        judges = np.flatnonzero(np.diff(held.indptr))

        def quality(scorer: Scorer) -> float:
            return float(judge_ranking(scorer, seen[judges], held[judges]).ndcg.mean())

        linear = [(Ease.fit(seen, strength), strength) for strength in STRENGTHS]
        best, strength = max(linear, key=lambda pair: quality(pair[0].scores))
        network = partial(logits, ae)
        share = max(SHARES, key=lambda share: quality(Blend(network, best, share)))
        return self._set(ae, Ease.fit(csr_matrix(seen + held), strength), share, strength)

    def _set(self, ae: Autoencoder, linear: Ease, share: float, strength: float) -> Self:
        self.autoencoder_, self.linear_ = ae, linear
        self.share_, self.strength_ = share, strength
        self.scorer_ = Blend(partial(logits, ae), linear, share)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def as_interactions(estimator: Any, X: Any, *, reset: bool) -> csr_matrix:
    """X as a sparse matrix of ones, shape (n_users, n_items).

    Raises
    ------
    BadInput
        If X has a wrong shape or too few items, or holds NaN.
    """
    sparse = X if issparse(X) else csr_matrix(np.asarray(X))
    found = validate_data(
        estimator,
        sparse,
        reset=reset,
        accept_sparse="csr",
        dtype=np.float32,
        ensure_min_features=2 if reset else 1,
        copy=True,
    )
    found.eliminate_zeros()
    found.data[:] = 1.0
    found.sort_indices()
    return csr_matrix(found)


def hold_back(has: csr_matrix, seed: int) -> tuple[csr_matrix, csr_matrix]:
    """What users have without a part, and that part, by which a recommender judges itself.

    Users who have seen much of the fit are the ones who ask later, so they are the judges.

    Parameters
    ----------
    has : sparse matrix, shape (n_users, n_items)
    seed : int

    Raises
    ------
    BadInput
        If there are fewer than 4 users, or none with two items.
    """
    able = np.flatnonzero(np.diff(has.indptr) > 1)
    if has.shape[0] < FEWEST or not len(able):
        raise BadInput(
            f"n_samples={has.shape[0]} users, {len(able)} of them with two items or more; at least "
            f"{FEWEST} users are needed, and some with two items to judge recommendations by."
        )
    n_judges = min(max(FEWEST_JUDGES, round(JUDGES * len(able))), MOST_JUDGES, len(able))
    judges = able[drawn(len(able), n_judges, seed)]
    _, hidden = hide_some(has, HELD_BACK, seed)
    chosen = np.zeros(has.shape[0], np.float32)
    chosen[judges] = 1.0
    held = csr_matrix(hidden.multiply(chosen[:, None]))
    held.eliminate_zeros()
    seen = csr_matrix(has - held)
    seen.eliminate_zeros()
    return seen, held


def popularity(has: csr_matrix) -> Scorer:
    """The same scores for all: how many users have each item."""
    counts = np.asarray(has.sum(axis=0), np.float64).ravel()
    return lambda seen: np.broadcast_to(counts, seen.shape)


def logits(ae: Autoencoder, has: csr_matrix) -> Floats:
    """What an autoencoder fitted to rank answers for users, shape (m, p)."""
    corruption = Slots.of(ae).corruption
    return across(ae.model_, Rows(has, ae.scaling_), partial(mend, corruption=corruption))


def _standardised(scores: Floats) -> Floats:
    """Each user's scores to mean 0 and deviation 1."""
    centred = scores - scores.mean(1, keepdims=True)
    return np.asarray(centred / np.maximum(centred.std(1, keepdims=True), 1e-12))
