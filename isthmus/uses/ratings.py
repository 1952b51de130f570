"""How a user would rate what the user does not have yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import drawn
from isthmus.errors import BadInput
from isthmus.settings import Interval
from isthmus.uses.factors import Factors, sample_factors
from isthmus.uses.own_fit import unfitted
from isthmus.uses.recommendation import logits

__all__ = ["Known", "RatingPredictor", "mean_ratings"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# Numbers known of a user and of an item, and users whose logits say what items are like.
KNOWN, ASKED = 20, 2000
RATINGS_AT_ONCE = 2**22
AS_MANY = 5


@dataclass(frozen=True, eq=False)
class Known:
    """What codes say of users or items: their main directions, to mean 0 and deviation 1.

    Attributes
    ----------
    mean : ndarray, shape (p,)
    directions : ndarray, shape (p, q)
    counts : ndarray, shape (2,)
        Mean and deviation of the logarithm of one more than how many ratings there are.
    """

    mean: Floats
    directions: Floats
    counts: Floats

    @classmethod
    def of(cls, codes: Floats, n_ratings: Indices) -> Known:
        """From the codes of many, shape (n, p)."""
        mean = codes.mean(0)
        _, sizes, axes = np.linalg.svd(codes - mean, full_matrices=False)
        some = sizes[:KNOWN] > 1e-6 * max(sizes[0], 1e-30)
        scale = np.sqrt(len(codes)) / sizes[:KNOWN][some]
        logs = np.log1p(n_ratings)
        counts = np.array([logs.mean(), max(logs.std(), 1e-6)])
        return cls(mean, axes[:KNOWN][some].T * scale, counts)

    def __call__(self, codes: Floats, n_ratings: Indices) -> Floats:
        """What is known, shape (n, 2 + q): a constant, how many ratings, the directions."""
        often = (np.log1p(n_ratings) - self.counts[0]) / self.counts[1]
        numbers = (codes - self.mean) @ self.directions
        return np.column_stack([np.ones(len(codes)), often, numbers])


class RatingPredictor(BaseEstimator):
    """Predicts ratings from ratings.

    Which items somebody rated says much about how. So a denoising autoencoder learns codes of that
    alone (the preset ``recommend``), and ratings are products of factors that lie near linear
    functions of these codes, averaged over what they may be (`isthmus.uses.factors`).

    Parameters
    ----------
    autoencoder : Autoencoder or None, default=None
        Is cloned and fitted to who rated what; None is the preset ``recommend``.
    n_factors : int, default=20
    random_state : int, default=0

    Attributes
    ----------
    autoencoder_ : Autoencoder
    factors_ : Factors
    range_ : tuple of (float, float)
        The lowest and the highest rating; none is predicted beyond.
    n_features_in_ : int
        Items.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> likes = rng.choice([1.0, 5.0], (60, 1)) * np.ones(20)
    >>> X = likes * (rng.random((60, 20)) < .5)
    >>> preset = Autoencoder.from_preset("recommend", 4, training__epochs=2)
    >>> predictor = RatingPredictor(preset, n_factors=2).fit(X)
    >>> bool(abs(predictor.predict(X) - likes).mean() < .5)
    True
    """

    def __init__(
        self,
        autoencoder: Autoencoder | None = None,
        *,
        n_factors: int = 20,
        random_state: int = 0,
    ):
        self.autoencoder = autoencoder
        self.n_factors = n_factors
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn who rates what how.

        Parameters
        ----------
        X : sparse matrix or array-like, shape (n_users, n_items)
            Ratings; 0 is none.
        y : ignored

        Raises
        ------
        BadInput
            If X cannot be used, or holds fewer than 4 users, 2 items or 2 ratings.
        """
        given = self._given(X, reset=True)
        preset = self.autoencoder or Autoencoder.from_preset("recommend")
        ae = unfitted(preset, self.random_state).fit(_who(given))
        return self._learn(ae, given)

    @classmethod
    def of(cls, ae: Autoencoder, X: Any) -> RatingPredictor:
        """A predictor by an autoencoder that is fitted to who rated what already."""
        predictor = cls(ae)
        return predictor._learn(ae, predictor._given(X, reset=True))

    @classmethod
    def restored(
        cls, ae: Autoencoder, known: Known, factors: Factors, limits: tuple[float, float]
    ) -> RatingPredictor:
        """A predictor from its parts."""
        predictor = cls(ae, n_factors=factors.items.shape[2] - 1)
        predictor.n_features_in_ = factors.items.shape[1]
        predictor.autoencoder_, predictor.known_ = ae, known
        predictor.factors_, predictor.range_ = factors, limits
        return predictor

    def predict(self, X: Any) -> Floats:
        """The expected rating of every item, shape (n_users, n_items).

        Parameters
        ----------
        X : sparse matrix or array-like, shape (n_users, n_items)
            The ratings that users gave; 0 is none. They need not be users of the fit.
        """
        check_is_fitted(self)
        given = self._given(X, reset=False)
        step = max(1, RATINGS_AT_ONCE // given.shape[1])
        starts = range(0, given.shape[0], step)
        return np.concatenate([self._ratings(given[start : start + step]) for start in starts])

    def predict_at(self, X: Any, users: Any, items: Any) -> Floats:
        """The expected ratings of some pairs, shape (n,), without those of all others.

        Parameters
        ----------
        X : as in `predict`
        users, items : array-like of int, shape (n,)
            Rows and columns of X.
        """
        check_is_fitted(self)
        given = self._given(X, reset=False)
        users, items = np.asarray(users), np.asarray(items)
        found = np.empty(len(users))
        asked = np.unique(users)
        step = max(1, RATINGS_AT_ONCE // given.shape[1])
        for some in np.split(asked, range(step, len(asked), step)):
            which = np.flatnonzero(np.isin(users, some))
            ratings = self._ratings(given[some])
            found[which] = ratings[np.searchsorted(some, users[which]), items[which]]
        return found

    def _ratings(self, given: csr_matrix) -> Floats:
        known = self.known_(self.autoencoder_.transform(_who(given)), np.diff(given.indptr))
        return np.clip(self.factors_.ratings(given, known), *self.range_)

    def _given(self, X: Any, *, reset: bool) -> csr_matrix:
        Interval(int, 1).check(type(self).__name__, "n_factors", self.n_factors)
        found = validate_data(
            self,
            X if issparse(X) else csr_matrix(np.asarray(X)),
            reset=reset,
            accept_sparse="csr",
            dtype=np.float64,
            ensure_min_samples=4 if reset else 1,
            ensure_min_features=2 if reset else 1,
            copy=True,
        )
        found.eliminate_zeros()
        found.sort_indices()
        if reset and found.nnz < 2:
            raise BadInput(f"X holds {found.nnz} ratings that are not 0; at least 2 are needed.")
        return csr_matrix(found)

    def _learn(self, ae: Autoencoder, given: csr_matrix) -> Self:
        who = _who(given)
        codes, had = ae.transform(who).astype(np.float64), np.diff(who.indptr)
        self.known_ = Known.of(codes, had)
        # What items are like: how much some users are expected to have them.
        some = drawn(len(codes), ASKED, self.random_state)
        alike = logits(ae, who[some]).astype(np.float64).T
        rated = np.asarray(who.sum(axis=0)).ravel().astype(np.intp)
        of_items = Known.of(alike, rated)(alike, rated)
        self.autoencoder_ = ae
        self.range_ = float(given.data.min()), float(given.data.max())
        self.factors_ = sample_factors(
            given, self.known_(codes, had), of_items, self.n_factors, self.random_state
        )
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def mean_ratings(fitted: csr_matrix, seen: csr_matrix) -> Floats:
    """What is simply usual, shape of ``seen``: an item's mean and by how much a user gives more.

    Both are held back as if there were five more ratings that are usual.

    Parameters
    ----------
    fitted : sparse matrix, shape (n, p)
        Ratings that the items' means are of.
    seen : sparse matrix, shape (m, p)
        Those of the users asked for.
    """
    mean = fitted.data.mean()
    sums, counts = (np.asarray(x.sum(axis=0)).ravel() for x in (fitted, _who(fitted)))
    of_items = mean + (sums - mean * counts) / (counts + AS_MANY)
    users = np.repeat(np.arange(seen.shape[0]), np.diff(seen.indptr))
    more = np.bincount(users, seen.data - of_items[seen.indices], seen.shape[0])
    return of_items + (more / (np.diff(seen.indptr) + AS_MANY))[:, None]


def _who(given: csr_matrix) -> csr_matrix:
    """Ones where there are ratings."""
    who = csr_matrix(given, dtype=np.float32, copy=True)
    who.data[:] = 1.0
    return who
