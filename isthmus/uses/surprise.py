"""How surprising a distance is, given those of normal items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Surprise"]

Floats = NDArray[np.floating]

# Beyond this share of the normal distances their tail is extrapolated.
TAIL = 0.1
# Relative to the median: distances this small do not differ. A tail without any spread has this.
LEAST, LEAST_SPREAD = 1e-3, 1e-3


@dataclass(frozen=True)
class Surprise:
    """Minus the log of the chance that a normal item is as far, in nats.

    Nine tenths of it are counted. The last tenth falls as a power of the distance, whose exponent
    is one over the mean log excess: Hill, "A simple general approach to inference about the tail of
    a distribution" (Annals of Statistics, 1975). So items farther than every normal one still
    differ, by how much farther they are.

    Attributes
    ----------
    logs : ndarray, shape (n,)
        Logarithms of the normal distances, ascending.
    floor : float
        Is added to every distance.
    """

    logs: Floats
    floor: float

    @classmethod
    def of(cls, distances: Floats) -> Surprise:
        """By the distances of normal items, shape (n,), at least 0."""
        floor = LEAST * float(np.median(distances)) or np.finfo(float).tiny
        return cls(np.sort(np.log(distances + floor)), floor)

    def __call__(self, distances: Floats) -> Floats:
        """Nats, shape (n,), of distances, shape (n,)."""
        logs, n = np.log(distances + self.floor), len(self.logs)
        first = int((1 - TAIL) * n)
        begin, tail = self.logs[first], self.logs[first:]
        excess = max(float(np.mean(tail - begin)), LEAST_SPREAD * float(self.logs.std()), 1e-6)
        share_nearer = (np.arange(n) + 0.5) / n
        nats = -np.log1p(-np.interp(np.minimum(logs, begin), self.logs, share_nearer))
        return nats + np.maximum(logs - begin, 0.0) / excess
