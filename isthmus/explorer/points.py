"""Which points are drawn: all in a window, or of very many some and how dense they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import BadInput

__all__ = ["Box", "Points"]

Places = NDArray[np.float32]

SEED = 0


@dataclass(frozen=True)
class Box:
    """A window on the map; its ends belong to it."""

    x0: float
    x1: float
    y0: float
    y1: float

    def __post_init__(self) -> None:
        if not (self.x0 < self.x1 and self.y0 < self.y1):
            raise BadInput("a window on the map needs x0 below x1 and y0 below y1.")

    def holds(self, places: Places) -> NDArray[np.bool_]:
        """Which places, shape (n, 2), lie in it."""
        x, y = places.T
        return np.asarray((x >= self.x0) & (x <= self.x1) & (y >= self.y0) & (y <= self.y1))


class Points:
    """The points of a map.

    Parameters
    ----------
    places : ndarray of float32, shape (n, 2)
    """

    def __init__(self, places: Places):
        # In an order of chance any first few are a fair sample, and a larger one holds a smaller.
        self._order = np.random.default_rng(SEED).permutation(len(places)).astype(np.uint32)
        self._places = places[self._order]

    def within(self, box: Box | None, most: int) -> tuple[NDArray[np.uint32], Places, int]:
        """Points in a window, at most so many.

        Returns
        -------
        which : ndarray of uint32, shape (m,)
        places : ndarray of float32, shape (m, 2)
        total : int
            How many there are in the window.
        """
        inside = np.arange(len(self._order)) if box is None else np.flatnonzero(self._in(box))
        shown = inside[:most]
        return self._order[shown], self._places[shown], len(inside)

    def density(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        """How dense points lie in a window, shape (height, width), the top row first.

        On a scale of logarithms: 0 is none, 255 the most in one cell.
        """
        x, y = self._places[self._in(box)].T
        column = np.minimum((x - box.x0) / (box.x1 - box.x0) * width, width - 1).astype(np.intp)
        row = np.minimum((box.y1 - y) / (box.y1 - box.y0) * height, height - 1).astype(np.intp)
        counts = np.bincount(row * width + column, minlength=width * height)
        steps = np.log1p(counts) / (np.log1p(counts.max()) or 1.0)
        return np.ceil(steps * 255).astype(np.uint8).reshape(height, width)

    def _in(self, box: Box) -> NDArray[np.bool_]:
        return box.holds(self._places)
