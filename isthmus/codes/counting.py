"""Tables learnt from codes: how often each number comes where the prior says the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isthmus.codes import tables
from isthmus.codes.prior import Prior
from isthmus.codes.whole_prior import WholePrior

__all__ = ["Counting"]

# Each table's first guess counts as so many numbers seen.
BELIEF = 200.0


class Counting:
    """Counts the numbers of codes by the table that each would be written by.

    Parameters
    ----------
    prior : Prior
        Trained.
    """

    def __init__(self, prior: Prior):
        self.whole = WholePrior(prior)
        self.first = tables.split(tables.first_counts())
        self.found = [np.zeros(len(table), np.int64) for table in self.first]

    def add(self, numbers: NDArray[np.int64], step: int) -> None:
        """Count rounded codes, (n, h, w, channels)."""
        known = self.whole.known(numbers, step)
        framed = np.pad(known, ((0, 0), (1, 1), (1, 1), (0, 0)))
        for index, group in enumerate(self.whole.groups):
            table, mean = self.whole.distributions(index, framed, step)
            differences = group.of(numbers) - mean
            for which in np.unique(table):
                found = self.found[which]
                reach = (len(found) - 2) // 2
                at = differences[table == which] + reach
                at[(at < 0) | (at > 2 * reach)] = 2 * reach + 1
                found += np.bincount(at, minlength=len(found))

    def tables(self) -> NDArray[np.int32]:
        """The tables of what was counted and of what is believed without."""
        return np.concatenate(
            [
                tables.to_counts(
                    (found + BELIEF * first / tables.TOTAL) / (found.sum() + BELIEF),
                )
                for found, first in zip(self.found, self.first, strict=True)
            ]
        )
