"""What benchmarks that run two things in turn have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

__all__ = ["middle", "seconds"]


def seconds(run: Callable[[], Any]) -> float:
    """How long a call takes."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def middle(name: str, values: Iterable[float]) -> dict[str, Any]:
    """``NAME_median`` and ``NAME_quartiles`` of some ratios."""
    ordered = sorted(values)
    quartiles = [ordered[len(ordered) // 4], ordered[3 * len(ordered) // 4]]
    return {f"{name}_median": median(ordered), f"{name}_quartiles": quartiles}
