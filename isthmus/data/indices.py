"""Which items of an array are meant, also where they are so many that a list of them is large."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["AllBut", "Indices", "without"]


class AllBut:
    """All of ``range(n)`` but some, ascending; read like the array of them, which it never makes.

    Of 10,000,000 items that array has 80 MB, and a fit would hold several.

    Parameters
    ----------
    n : int
    left_out : array-like of int
        Few.
    """

    def __init__(self, n: int, left_out: ArrayLike = ()):
        self.n = n
        self.left_out = np.unique(np.asarray(left_out, np.intp))
        # How many of those that stay come before each that is left out.
        self._before = self.left_out - np.arange(len(self.left_out))

    def __len__(self) -> int:
        return self.n - len(self.left_out)

    def __getitem__(self, which: ArrayLike | slice) -> NDArray[np.intp]:
        """Those at some places, each from 0 on; an array."""
        if isinstance(which, slice):
            which = np.arange(*which.indices(len(self)))
        places = np.asarray(which, np.intp)
        return np.asarray(places + np.searchsorted(self._before, places, side="right"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.intp]:
        return self[:].astype(dtype or np.intp, copy=False)


Indices = NDArray[np.intp] | AllBut
"""Indices of items, ascending or not."""


def without(indices: Indices, places: NDArray[np.intp]) -> Indices:
    """Indices without those at some places."""
    if isinstance(indices, AllBut):
        return AllBut(indices.n, np.concatenate([indices.left_out, indices[places]]))
    return indices[AllBut(len(indices), places)[:]]
