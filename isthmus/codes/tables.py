"""Tables of how often each number comes, in whole numbers: what bits are written by.

One table for each scale and each place of the mean between two numbers. The first guess is the
logistic distribution that training counts bits by; a table holds the numbers near the mean and, as
its last entry, all others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["FRACTIONS", "N_SCALES", "TOTAL", "first_counts", "radius", "split", "table_of"]

# Scales to a doubling, from 2^-5 to 2^5 steps, and places of the mean between two numbers.
SCALES_A_DOUBLING, FINEST, WIDEST = 8, -5, 5
N_SCALES = SCALES_A_DOUBLING * (WIDEST - FINEST) + 1
FRACTIONS = 8
#: The sum of each table.
TOTAL = 2**22
# Beyond so many scales from the mean a number is one of all others: six in a million.
FARTHEST = 12

Counts = NDArray[np.int32]


def radius(scale: int) -> int:
    """How far from the mean the numbers of a table go, to either side."""
    doublings, rest = divmod(scale, SCALES_A_DOUBLING)
    # Rounded up to the next doubling, so that only whole numbers are reckoned with.
    return 2 + FARTHEST * 2 ** (doublings + (rest > 0)) // 2**-FINEST


def _length(scale: int) -> int:
    return 2 * radius(scale) + 2


def first_counts() -> Counts:
    """The tables of logistic distributions, one behind the other."""
    return np.concatenate(
        [
            _logistic(scale, fraction / FRACTIONS)
            for scale in range(N_SCALES)
            for fraction in range(FRACTIONS)
        ]
    )


def split(counts: Counts) -> list[Counts]:
    """The tables of `first_counts` apart: that of a scale and a fraction is `table_of` them."""
    lengths = [_length(scale) for scale in range(N_SCALES) for _ in range(FRACTIONS)]
    return np.split(counts, np.cumsum(lengths)[:-1])


def table_of(
    log_scale: NDArray[np.int64], fraction: NDArray[np.int64], parts: int
) -> NDArray[np.int64]:
    """Which table serves a scale, given as its logarithm in steps in parts of a doubling."""
    a_scale = parts // SCALES_A_DOUBLING
    scale = (log_scale - FINEST * parts + a_scale // 2) // a_scale
    chosen: NDArray[np.int64] = np.clip(scale, 0, N_SCALES - 1) * FRACTIONS + fraction
    return chosen


def _logistic(scale: int, mean: float) -> Counts:
    reach = radius(scale)
    width = 2.0 ** -(scale / SCALES_A_DOUBLING + FINEST)
    edges = (np.arange(-reach, reach + 2) - 0.5 - mean) * width
    below = 1.0 / (1.0 + np.exp(-np.clip(edges, -500, 500)))
    shares = np.append(np.diff(below), below[0] + 1.0 - below[-1])
    return to_counts(shares)


def to_counts(shares: NDArray[np.float64]) -> Counts:
    """Whole numbers of sum `TOTAL`, in proportion to shares of sum 1 and at least one each."""
    counts = 1 + np.floor(shares * (TOTAL - len(shares))).astype(np.int32)
    counts[counts.argmax()] += TOTAL - counts.sum()
    return counts
