"""Numbers that belong to items, from a few that are known."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.few_labels import FewLabels, Judged
from isthmus.uses.fine_tuning import FineTunedValues, Tuning
from isthmus.uses.labelled import below_by_more_than_chance
from isthmus.uses.spreading import LinearValues, SpreadValues

__all__ = ["FewLabelsRegressor"]

Floats = NDArray[np.floating]


class FewLabelsRegressor(RegressorMixin, FewLabels):
    """Tells a number by a few known ones and all other items.

    Values spread along the ties between the nearest codes, or a ridge regression of the codes
    learns them: whichever does better on values that are held out.

    Parameters
    ----------
    autoencoder : Autoencoder or None, default=None
        Is cloned and fitted to all items; None is the default one.
    fine_tune : bool, default=False
        Also try to tune the encoder by the labels, which takes minutes; see
        `isthmus.uses.fine_tuning`. Used where it does better on halves of the labels.
    random_state : int, default=0

    Attributes
    ----------
    transduction_ : ndarray, shape (n,)
        Value of each item of the fit.
    judged_ : Judged
        How well held-out values were told, and whether they are enough to tell.
    error_ : float or None
        Root mean squared error of held-out values; None where there is one value.
    way_ : str
        What was better: the name of a class of `isthmus.uses.spreading` or `fine_tuning`.
    autoencoder_ : Autoencoder
    n_features_in_ : int
    item_shape_ : tuple of int
    """

    numbers: ClassVar[bool] = True
    ways: ClassVar = (SpreadValues, LinearValues)
    tuned_way: ClassVar = FineTunedValues

    def fit_codes(
        self,
        codes: Floats,
        y: Any,
        graph: NeighbourGraph | None = None,
        tuning: Tuning | None = None,
    ) -> FewLabelsRegressor:
        super().fit_codes(codes, y, graph, tuning)
        self.transduction_ = self.own_answers()[:, 0]
        return self

    def predict(self, X: Any) -> Floats:
        """The value of each item, shape (n,)."""
        return self._answers_to(X)[:, 0]

    def _as_rows(self, found: NDArray[Any]) -> Floats:
        return np.asarray(found[:, None], np.float64)

    def _loss(self, told: Floats, wanted: Floats) -> float:
        return float(np.square(told - wanted).mean()) if len(told) else 0.0

    def _learn_from_held_out(self, told: Floats, wanted: Floats, labels: Floats) -> None:
        if not len(told):
            self.error_ = None
            self.judged_ = Judged(0, None, None, None, 0.0, enough=False)
            return
        errors = np.square(told - wanted)[:, 0]
        # The mean of the others is what a guess would be, without the value itself.
        n = len(labels)
        guesses = np.square((wanted - labels.mean()) * n / (n - 1))[:, 0]
        self.error_ = float(errors.mean() ** 0.5)
        explained = 1 - errors.sum() / max(float(guesses.sum()), np.finfo(float).tiny)
        enough = below_by_more_than_chance(errors, guesses)
        self.judged_ = Judged(len(told), float(explained), None, None, 0.0, enough)
