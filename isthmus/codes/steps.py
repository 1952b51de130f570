"""How coarsely codes may be rounded: 256 steps, each known to all machines as the same number."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

__all__ = ["A_DOUBLING", "LARGEST_NUMBER", "N_STEPS", "ONE", "STEPS", "log_step", "rounded"]

N_STEPS = 256
# Steps from one to twice it.
A_DOUBLING = 32
# The finest is 1/32 of the unit of scaled pixels in an orthonormal transform: 0.1 grey levels.
FINEST = -5
#: What stands for 1 in whole numbers.
ONE = 4096
#: What no number of a code is beyond, in steps.
LARGEST_NUMBER = 2**20

#: The steps in units of 1 / ONE: finer ones first. (`Decimal` rounds alike everywhere.)
STEPS: tuple[int, ...] = tuple(
    int((ONE * Decimal(2) ** (Decimal(index) / A_DOUBLING + FINEST)).to_integral_value())
    for index in range(N_STEPS)
)


def log_step(index: int, of_doubling: int) -> int:
    """The logarithm of a step to base 2, in parts of a doubling (a multiple of 32 of them)."""
    return index * (of_doubling // A_DOUBLING) + FINEST * of_doubling


def rounded(code: NDArray[np.floating], step: int) -> NDArray[np.int64]:
    """Codes in whole steps of an index."""
    in_steps = np.rint(code.astype(np.float64) * (ONE / STEPS[step]))
    return np.clip(in_steps, -LARGEST_NUMBER, LARGEST_NUMBER).astype(np.int64)
