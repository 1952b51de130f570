"""How odd items are, and why."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import held_out_split
from isthmus.errors import BadInput
from isthmus.inputs import as_items
from isthmus.settings import Interval
from isthmus.uses.alarms import Alarms
from isthmus.uses.contradictions import Contradictions
from isthmus.uses.neighbours import Neighbours
from isthmus.uses.own_fit import takes_gaps, unfitted
from isthmus.uses.surprise import Surprise

__all__ = ["AnomalyDetector"]

Floats = NDArray[np.floating]

# Of normal items that the thresholds come from, not the autoencoder.
CALIBRATION = 0.2
FEWEST = 4
# What the error of rebuilding weighs beside three distances. A network rebuilds some odd items too
# well: alone it is the weakest of the four on tables. Of pictures it sees what no code tells.
WEIGHT_OF_ERROR, OF_PICTURES = 0.5, 2.0


class AnomalyDetector(OutlierMixin, BaseEstimator):
    """Finds items unlike the normal ones it was fitted to.

    An item's score adds up four surprises, each in nats: how far it lies from normal items (in
    three ways, `isthmus.uses.neighbours`), and how badly the autoencoder rebuilds it, where codes
    are ordered from at most half as many numbers as the item has; that counts half for rows and
    twice for pictures. Distances are between the scaled rows of tables and the codes of pictures.
    As many columns of a table as say yes or no, by so much the distances give way to how far the
    columns contradict each other (`isthmus.uses.contradictions`). There is nothing to tune.

    A picture without its numbers, or numbers without their picture, is held against normal items
    that are shown as little: what only the lack makes odd is taken off its score.

    Parameters
    ----------
    autoencoder : Autoencoder or None, default=None
        Is cloned and fitted; None is the default one, with standardised columns for tables.
    false_alarms : float, default=0.05
        Share of normal items that `predict` may call odd, in (0, 1).
    random_state : int, default=0
        Which items calibrate, and the fit.

    Attributes
    ----------
    autoencoder_ : Autoencoder
    neighbours_ : Neighbours
    contradictions_ : Contradictions or None
        None where no column says yes or no.
    surprises_ : tuple of Surprise
        Of the three distances and of the error.
    alarms_ : dict of str to Alarms
        By what an item lacks: scores of normal items that the autoencoder was not fitted to. ``""``
        is of whole items, the only ones but for pictures with numbers.
    offset_ : float
        `score_samples` below it is odd.
    n_features_in_ : int
    item_shape_ : tuple of int

    Examples
    --------
    >>> import numpy as np
    >>> normal = np.random.default_rng(0).normal(size=(400, 3))
    >>> detector = AnomalyDetector(Autoencoder(2, training={"epochs": 2})).fit(normal)
    >>> detector.predict([[0.0, 0.0, 0.0], [9.0, -9.0, 9.0]])
    array([ 1, -1])
    """

    def __init__(
        self,
        autoencoder: Autoencoder | None = None,
        *,
        false_alarms: float = 0.05,
        random_state: int = 0,
    ):
        self.autoencoder = autoencoder
        self.false_alarms = false_alarms
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what is normal.

        Parameters
        ----------
        X : array-like, shape (n, p), (n, H, W) or (n, H, W, C)
            Normal items; a few odd ones among them do little harm.
        y : ignored

        Raises
        ------
        BadInput
            If X cannot be used, or holds fewer than 4 items.
        """
        self.check()
        items = as_items(self, X, reset=True, gaps=takes_gaps(self.autoencoder))
        if len(items) < FEWEST:
            raise BadInput(
                f"X has n_samples={len(items)} items; at least {FEWEST} are needed to learn what "
                "is normal."
            )
        kept, held_out = held_out_split(len(items), CALIBRATION, self.random_state)
        scale = "columns" if items.ndim == 2 else "auto"
        ae = unfitted(self.autoencoder, self.random_state, scale).fit(items, subset=kept)
        return self._calibrate(ae, items[kept], items[held_out])

    @classmethod
    def of(
        cls, ae: Autoencoder, fitted: Any, held_out: Any, *, false_alarms: float = 0.05
    ) -> AnomalyDetector:
        """A detector by an autoencoder that is fitted already.

        Parameters
        ----------
        ae : Autoencoder
        fitted : array-like, shape (n, *item_shape_)
            What it was fitted to.
        held_out : array-like, shape (m, *item_shape_)
            Other normal items, for the thresholds.
        false_alarms : float
        """
        ae.require_code(items=True)
        detector = cls(ae, false_alarms=false_alarms)
        detector.check()
        of_fit = as_items(detector, fitted, reset=True, gaps=ae.takes_gaps)
        # From here on it is given arrays: columns are checked before.
        ae = copy(ae)
        ae.__dict__.pop("feature_names_in_", None)
        others = as_items(detector, held_out, reset=False, gaps=ae.takes_gaps)
        return detector._calibrate(ae, of_fit, others)

    def score_samples(self, X: Any) -> Floats:
        """Minus the surprise of each item, in nats, shape (n,): higher is more normal."""
        check_is_fitted(self)
        items = as_items(self, X, reset=False, gaps=self.autoencoder_.takes_gaps)
        raised = [self._raised[lack] for lack in self._lacking(items)]
        return -self._score(self.neighbours_, items) - np.array(raised)

    def decision_function(self, X: Any) -> Floats:
        """`score_samples` above the threshold, shape (n,): negative is odd."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> NDArray[np.intp]:
        """1 for normal items and -1 for odd ones, shape (n,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def p_values(self, X: Any) -> Floats:
        """The chance that a normal item scores as odd as each, shape (n,), in (0, 1].

        Conformal: if items are normal, values of at most a come with a chance of at most a,
        whatever their distribution (`isthmus.uses.alarms`). The held-out items are scored without
        themselves among the normal ones, and so somewhat higher than new ones are: the values err
        to the safe side.
        """
        return self.p_values_of(self.score_samples(X), X)

    def p_values_of(self, scores: Floats, X: Any) -> Floats:
        """The same, of what `score_samples` gave for X."""
        lacking = self._lacking(np.asarray(X))
        found = np.empty(len(scores))
        for lack, alarms in self.alarms_.items():
            found[lacking == lack] = alarms.p_values(-scores[lacking == lack])
        return found

    def contributions(self, X: Any) -> Floats:
        """What made items odd, shape (n, *item_shape_), at least 0; larger is odder.

        Of pictures the squared error of each pixel, scaled; of rows the squared difference of each
        value from the mean of the nearest normal rows, scaled; in so far as columns say yes or no,
        from what the others say.
        """
        check_is_fitted(self)
        ae = self.autoencoder_
        items = as_items(self, X, reset=False, gaps=ae.takes_gaps)
        if not self._has_rows:
            return np.nan_to_num(self._squares(items))
        rows, others = self._rows(items), self.contradictions_
        found = np.square(rows - self.neighbours_.nearest_mean(rows))
        if others is None:
            return found
        return (1 - others.share) * found + others.share * np.square(others.left(rows))

    def check(self) -> None:
        """Raise `BadSetting` where a setting is out of its range."""
        share = Interval(float, 0.0, 1.0, closed="neither")
        share.check(type(self).__name__, "false_alarms", self.false_alarms)

    def _calibrate(self, ae: Autoencoder, fitted: NDArray[Any], held_out: NDArray[Any]) -> Self:
        self.autoencoder_ = ae
        rows = self._rows(fitted)
        self.contradictions_ = Contradictions.of(rows) if self._has_rows else None
        neighbours = Neighbours.of(rows, self.random_state)
        ways = [Surprise.of(column) for column in neighbours.of_its_own().T]
        self.surprises_ = (*ways, Surprise.of(self._errors(held_out)))
        self._set_alarms(partial(self._score, neighbours), held_out)
        # In use all normal rows are neighbours: then normal items only come nearer.
        self.neighbours_ = Neighbours.of(
            self._rows(np.concatenate([fitted, held_out])), self.random_state
        )
        return self

    def _set_alarms(self, score: Callable[[NDArray[Any]], Floats], held_out: NDArray[Any]) -> None:
        """Thresholds of whole items, and of those that lack a part, by what normal ones score."""
        whole = held_out[self._lacking(held_out) == ""]
        self.alarms_ = {"": Alarms.of(score(whole if len(whole) else held_out))}
        threshold = self.alarms_[""].threshold(self.false_alarms)
        self.offset_ = -threshold
        self._raised = {"": 0.0}
        parts = self.autoencoder_.parts
        if parts is None:
            return
        for lack in parts.slices():
            shown = parts.without(held_out, lack)
            raw = Alarms.of(score(shown)) if len(shown) else self.alarms_[""]
            self._raised[lack] = threshold - raw.threshold(self.false_alarms)
            self.alarms_[lack] = Alarms(raw.scores + self._raised[lack])

    def _lacking(self, items: NDArray[Any]) -> NDArray[np.str_]:
        """The part that each item lacks, shape (n,), empty where none."""
        parts = self.autoencoder_.parts
        return parts.lacking(items) if parts else np.full(len(items), "")

    @property
    def _has_rows(self) -> bool:
        """Whether items are rows of numbers alone, which are compared themselves."""
        return len(self.autoencoder_.item_shape_) == 1 and not self.autoencoder_.mixed

    def _rows(self, items: NDArray[Any]) -> Floats:
        """What distances are between, shape (n, p), values of size one."""
        ae = self.autoencoder_
        if self._has_rows:
            return ae.scaling_.apply(items, np.float64)
        return ae.transform(items).astype(np.float64)

    def _score(self, neighbours: Neighbours, items: NDArray[Any]) -> Floats:
        """Surprise of items, in nats, shape (n,)."""
        *ways, of_error = self.surprises_
        rows, others = self._rows(items), self.contradictions_
        distances = neighbours.distances(rows).T
        far = sum(way(column) for way, column in zip(ways, distances, strict=True))
        if others is not None:
            far = (1 - others.share) * far + others.share * len(ways) * others(rows)
        weight = WEIGHT_OF_ERROR if self._has_rows else OF_PICTURES
        return np.asarray(far + weight * of_error(self._errors(items)))

    def _errors(self, items: NDArray[Any]) -> Floats:
        """Mean squared error of rebuilding, scaled, shape (n,)."""
        ae = self.autoencoder_
        half = max(1, ae.n_features_in_ // 2)
        if not ae.ordered or ae.n_components_ <= half:
            return -ae.score_samples(items)
        # A code as long as the item rebuilds whatever comes.
        return np.asarray(np.nanmean(self._squares(items, half).reshape(len(items), -1), axis=1))

    def _squares(self, items: NDArray[Any], n_components: int | None = None) -> Floats:
        """Squared error of each value after rebuilding, scaled, shape (n, *item_shape_)."""
        ae = self.autoencoder_
        return np.square((ae.reconstruct(items, n_components) - items) / ae.scaling_.scale)
