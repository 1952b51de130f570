"""Classes of items from a few labels."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.base import ClassifierMixin

from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.few_labels import FewLabels, Judged
from isthmus.uses.fine_tuning import FineTunedClasses, Tuning
from isthmus.uses.labelled import likely_share
from isthmus.uses.named_kinds import NamedKinds
from isthmus.uses.spreading import LinearClasses, SpreadClasses

__all__ = ["FewLabelsClassifier"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# The least share that counts in a logarithm.
LEAST = 1e-6
# Answers are made sharper or flatter by a power. Its logarithm is believed to be within the first
# of these, so that a few labels move it little.
DOUBT, LARGEST_POWER = 0.5, 10.0


class FewLabelsClassifier(ClassifierMixin, FewLabels):
    """Tells classes by a few labels and all other items.

    Labels spread along the ties between the nearest codes, or name kinds, or a logistic regression
    of the codes learns them: whichever does better on labels that are held out. Shares are
    calibrated by the same labels.

    Parameters
    ----------
    autoencoder : Autoencoder or None, default=None
        Is cloned and fitted to all items; None is the default one. For pictures the preset
        'contrastive' is better.
    fine_tune : bool, default=False
        Also try to tune the encoder by the labels, which takes minutes; see
        `isthmus.uses.fine_tuning`. Used where it does better on halves of the labels.
    random_state : int, default=0

    Attributes
    ----------
    classes_ : ndarray, shape (c,)
    transduction_ : ndarray, shape (n,)
        Class of each item of the fit.
    label_distributions_ : ndarray, shape (n, c)
    judged_ : Judged
        How well held-out labels were told, and whether they are enough to tell.
    way_ : str
        What was best: the name of a class of `isthmus.uses.spreading`, `named_kinds` or
        `fine_tuning`.
    autoencoder_ : Autoencoder
    n_features_in_ : int
    item_shape_ : tuple of int

    Examples
    --------
    >>> import numpy as np
    >>> X = np.repeat([[0.0, 9.0, 0.0], [9.0, 0.0, 9.0]], 50, axis=0)
    >>> X = X + np.random.default_rng(0).normal(size=X.shape)
    >>> y = [None] * 100
    >>> y[0], y[99] = "low", "high"
    >>> learner = FewLabelsClassifier(Autoencoder(3, training={"epochs": 2})).fit(X, y)
    >>> learner.predict([[0.0, 8.0, 0.0], [8.0, 0.0, 8.0]]).tolist()
    ['low', 'high']
    """

    numbers: ClassVar[bool] = False
    ways: ClassVar = (SpreadClasses, NamedKinds, LinearClasses)
    tuned_way: ClassVar = FineTunedClasses

    def fit_codes(
        self,
        codes: Floats,
        y: Any,
        graph: NeighbourGraph | None = None,
        tuning: Tuning | None = None,
    ) -> FewLabelsClassifier:
        super().fit_codes(codes, y, graph, tuning)
        self.label_distributions_ = self.own_answers()
        self.transduction_ = self.classes_[self.label_distributions_.argmax(1)]
        return self

    def predict_proba(self, X: Any) -> Floats:
        """The share of each class, shape (n, c), rows summing to 1."""
        return self._answers_to(X)

    def predict(self, X: Any) -> NDArray[Any]:
        """The likeliest class, shape (n,)."""
        shares = self.predict_proba(X)
        return np.asarray(self.classes_[shares.argmax(1)])

    def to_label_next(self, count: int) -> Indices:
        """Items of the fit whose labels would tell most, the best first, shape (count,) or fewer.

        The unsure ones among those that many others are tied to; each takes what its label would
        reach off the others.
        """
        unsure = 1 - self.label_distributions_[self._compared].max(1)
        worth = unsure * self._graph.degrees
        worth[self._labelled] = 0.0
        chosen: list[int] = []
        while len(chosen) < count and worth.max() > 0:
            best = int(worth.argmax())
            chosen.append(best)
            unit = np.zeros((len(worth), 1))
            unit[best] = 1.0
            reached = self._graph.spread(unit)[:, 0]
            worth = worth * (1 - np.clip(reached / reached[best], 0.0, 1.0))
            worth[best] = 0.0
        return np.asarray(self._compared[chosen])

    def _as_rows(self, found: NDArray[Any]) -> Floats:
        self.classes_, which = np.unique(found, return_inverse=True)
        return np.eye(len(self.classes_))[which]

    def _loss(self, told: Floats, wanted: Floats) -> float:
        # Spread shares are too even, those of a regression too sharp: each is put right first.
        return _log_loss(told, wanted, _power(told, wanted)) if len(told) else 0.0

    def _learn_from_held_out(self, told: Floats, wanted: Floats, labels: Floats) -> None:
        guess = float(labels.mean(0).max())
        self.power_ = _power(told, wanted)
        if not len(told):
            self.judged_ = Judged(0, None, None, None, guess, enough=False)
            return
        right = int((told.argmax(1) == wanted.argmax(1)).sum())
        low, high = likely_share(right, len(told))
        self.judged_ = Judged(len(told), right / len(told), low, high, guess, low > guess)

    def _put_right(self, answers: Floats) -> Floats:
        shares = np.maximum(answers, LEAST) ** self.power_
        return shares / shares.sum(1, keepdims=True)


def _power(told: Floats, wanted: Floats) -> float:
    """The power of shares under which held-out labels are likeliest.

    Guo et al., "On calibration of modern neural networks" (ICML 2017): one over the temperature.
    """
    if not len(told) or told.shape[1] < 2:
        return 1.0

    def unlikely(logarithm: float) -> float:
        doubt = 0.5 * (logarithm / DOUBT) ** 2
        return len(told) * _log_loss(told, wanted, float(np.exp(logarithm))) + doubt

    most = np.log(LARGEST_POWER)
    return float(np.exp(minimize_scalar(unlikely, bounds=(-most, most), method="bounded").x))


def _log_loss(told: Floats, wanted: Floats, power: float) -> float:
    """Mean of minus the logarithm of the share of the right class, in nats."""
    logarithms = power * np.log(np.maximum(told, LEAST))
    logarithms -= logarithms.max(1, keepdims=True)
    logarithms -= np.log(np.exp(logarithms).sum(1, keepdims=True))
    return float(-(logarithms * wanted).sum(1).mean())
