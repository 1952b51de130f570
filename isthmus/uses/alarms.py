"""When a score is an alarm: thresholds and p-values by normal items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Alarms"]

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Alarms:
    """What normal items score that no fit saw.

    Conformal: Vovk, Gammerman and Shafer, "Algorithmic learning in a random world" (2005), section
    2.2; Bates et al., "Testing for outliers with conformal p-values" (Annals of Statistics, 2023).

    Attributes
    ----------
    scores : ndarray, shape (n,)
        Ascending; high is odd.
    """

    scores: Floats

    @classmethod
    def of(cls, scores: Floats) -> Self:
        """By scores in any order."""
        return cls(np.sort(scores))

    def threshold(self, false_alarms: float) -> float:
        """What a normal item's score is above with a chance of at most `false_alarms`."""
        n = len(self.scores)
        rank = int(np.ceil((1 - false_alarms) * (n + 1)))
        return float(self.scores[min(rank, n) - 1])

    def p_values(self, scores: Floats) -> Floats:
        """The chance that a normal item scores as high, shape (m,) -> (m,), in (0, 1]."""
        n = len(self.scores)
        nearer = np.searchsorted(self.scores, scores, side="left")
        return np.asarray((n - nearer + 1) / (n + 1))
