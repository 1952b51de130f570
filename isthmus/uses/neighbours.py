"""How far rows lie from normal rows, in three ways that find different kinds of oddity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from isthmus.data.rows import drawn

__all__ = ["WAYS", "Neighbours"]

Floats = NDArray[np.floating]

#: What the columns of `Neighbours.distances` are.
WAYS = ("far", "far for its neighbourhood", "far in one value")
NEAREST = 5
# Rows that are searched: more are slower and hardly nearer.
MOST_ROWS = 20_000
# Relative to the usual distance of neighbours: among rows that are all alike none is far.
LEAST = 1e-3
# Relative to the distance of other neighbours: a code differs so little when it is computed again
# in another batch.
SAME = 1e-5


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Normal rows to measure distances from.

    - far: the mean distance to the five nearest rows, the sum of the differences of all values,
      large values drawn in by the inverse hyperbolic sine;
    - far for its neighbourhood: the same over the distances that these five have to their own
      nearest: Breunig et al., "LOF" (SIGMOD 2000), simplified;
    - far in one value: the mean distance to the five nearest by the largest difference.

    Attributes
    ----------
    rows : ndarray, shape (n, p)
        In units of size one.
    by_sum, by_largest : NearestNeighbors
    far : ndarray, shape (n, nearest)
        Distances by sum of each row to its nearest others.
    which : ndarray of int, shape (n, nearest)
        These others.
    """

    rows: Floats
    by_sum: NearestNeighbors
    by_largest: NearestNeighbors
    far: Floats
    which: NDArray[np.intp]

    @classmethod
    def of(cls, rows: Floats, seed: int = 0) -> Neighbours:
        """Normal rows, shape (n, p); of very many some are drawn."""
        if len(rows) > MOST_ROWS:
            rows = rows[drawn(len(rows), MOST_ROWS, seed)]
        nearest = max(1, min(NEAREST, len(rows) - 1))
        by_sum = NearestNeighbors(n_neighbors=nearest, metric="manhattan").fit(np.arcsinh(rows))
        by_largest = NearestNeighbors(n_neighbors=nearest, metric="chebyshev").fit(rows)
        return cls(rows, by_sum, by_largest, *by_sum.kneighbors())

    def of_its_own(self) -> Floats:
        """Distances of these rows from the others of them, shape (n, 3)."""
        return self._ways(self.far, self.which, self.by_largest.kneighbors()[0])

    def distances(self, rows: Floats) -> Floats:
        """Distances of rows, shape (m, p) to (m, 3); a row that is one of these is not its own."""
        far, which = _others(self.by_sum, np.arcsinh(rows))
        return self._ways(far, which, _others(self.by_largest, rows)[0])

    def nearest_mean(self, rows: Floats) -> Floats:
        """What a normal row instead of each would be: the mean of its nearest, shape (m, p)."""
        which = _others(self.by_sum, np.arcsinh(rows))[1]
        return np.asarray(self.rows[which].mean(1))

    def _ways(self, far: Floats, which: NDArray[np.intp], largest: Floats) -> Floats:
        own = self.far.mean(1)
        usual = own[which] + LEAST * own.mean() + np.finfo(float).tiny
        return np.stack([far.mean(1), (far / usual).mean(1), largest.mean(1)], axis=1)


def _others(search: NearestNeighbors, rows: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Distances and numbers of the nearest, (m, n_neighbors), without one that is the same row."""
    k = min(search.n_neighbors + 1, search.n_samples_fit_)
    far, which = search.kneighbors(rows, k)
    same = far[:, :1] <= SAME * far[:, -1:] if k > 1 else np.zeros((len(rows), 1), bool)
    last = max(1, k - 1)
    return (
        np.where(same, far[:, -last:], far[:, :last]),
        np.where(same, which[:, -last:], which[:, :last]),
    )
