"""A few labels of each class, for benchmarks of learning from few."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["drawn_labels"]


def drawn_labels(labels: NDArray[Any], each: int, draw: int) -> NDArray[Any]:
    """So many labels of each class as text, all where there are no more, and None elsewhere."""
    chance = np.random.default_rng(draw)
    shown = np.full(len(labels), None, object)
    for name in np.unique(labels):
        of_class = np.flatnonzero(labels == name)
        shown[chance.choice(of_class, min(each, len(of_class)), replace=False)] = str(name)
    return shown
