"""How much the columns of a row contradict each other, where they say yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from isthmus.uses.surprise import Surprise

__all__ = ["Contradictions"]

Floats = NDArray[np.floating]

# Of the mean variance of a column.
RIDGE = 0.1
# A matrix of all pairs of more columns would not fit.
MOST_COLUMNS = 4096


@dataclass(frozen=True, eq=False)
class Contradictions:
    """How far each value of a row is from what its other values say, by ridge regression.

    Among columns of two values distances tie, and a rare answer counts for as much as it is rare;
    what tells is whether it goes with the others. With C the covariance of normal rows and ``K =
    (C + r I)^-1``, what is left of value j after a ridge regression on all others is ``(x K)_j /
    K_jj``: Whittaker, "Graphical models in applied multivariate statistics" (1990), section 5.8.

    Attributes
    ----------
    share : float
        Share of the columns that have two values, 0..1: how much this counts beside distances.
    mean : ndarray, shape (p,)
    inverse : ndarray, shape (p, p)
        K.
    surprise : Surprise
        Of the sums of what is left.
    """

    share: float
    mean: Floats
    inverse: Floats
    surprise: Surprise

    @classmethod
    def of(cls, rows: Floats) -> Self | None:
        """By normal rows, shape (n, p), values of size one; None where no column has two values."""
        n_columns = rows.shape[1]
        share = float(np.mean([len(np.unique(column)) == 2 for column in rows.T]))
        if not share or n_columns > MOST_COLUMNS:
            return None
        mean = rows.mean(0)
        covariance = (rows - mean).T @ (rows - mean) / len(rows)
        ridge = RIDGE * np.trace(covariance) / n_columns
        inverse = np.linalg.inv(covariance + ridge * np.eye(n_columns))
        left = _left(rows - mean, inverse)
        return cls(share, mean, inverse, Surprise.of(np.abs(left).sum(1)))

    def left(self, rows: Floats) -> Floats:
        """What is left of each value after what the others say, shape (n, p)."""
        return _left(rows - self.mean, self.inverse)

    def __call__(self, rows: Floats) -> Floats:
        """Nats, shape (n,)."""
        return self.surprise(np.abs(self.left(rows)).sum(1))


def _left(centred: Floats, inverse: Floats) -> Floats:
    return np.asarray(centred @ inverse / np.diag(inverse))
