"""How the learning rate moves over a fit, as a function of the share that is done."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["SCHEDULES"]

WARM_UP = 0.1


def _cosine(done: float) -> float:
    """Linear warm-up, then half a cosine to zero (Loshchilov and Hutter, "SGDR", 2017)."""
    done = min(done, 1.0)
    return min(1.0, (done + 1e-3) / WARM_UP) * 0.5 * (1.0 + math.cos(math.pi * done))


def _constant(done: float) -> float:
    return 1.0


#: Share of the fit that is done (0..1) -> factor of the learning rate (0..1).
SCHEDULES: dict[str, Callable[[float], float]] = {"constant": _constant, "cosine": _cosine}
