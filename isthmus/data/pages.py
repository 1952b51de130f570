"""The memory that reading a mapped file takes, and how it is given back."""

from __future__ import annotations

import mmap
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SCATTERED", "Pages"]

# A mapped file's pages count as the process's memory until they are let go.
PAGES_KEPT_BYTES = 64 * 2**20
# What the kernel may map for one byte read: a huge page, where the file's cache has them.
MAPPED_AROUND_BYTES = 2 * 2**20
#: Small items from all over a file that may be read before its pages are let go.
SCATTERED = PAGES_KEPT_BYTES // MAPPED_AROUND_BYTES


class Pages:
    """Lets the pages of a memory-mapped array go after some have been read.

    Parameters
    ----------
    items : ndarray, memmap or sparse matrix, shape (n, *item)
    """

    def __init__(self, items: NDArray[Any]):
        base: Any = items
        while base is not None and not isinstance(base, mmap.mmap):
            if getattr(base, "mode", None) == "c":  # its pages hold changes that are nowhere else
                base = None
            base = getattr(base, "base", None)
        self._items = items
        self._map: mmap.mmap | None = base
        self._begin = 0 if base is None else _begin(items, base)
        self._bytes = 0

    def read(self, piece: NDArray[Any], *, in_order: bool) -> None:
        """Count what was mapped to read a piece; scattered items map their neighbours too."""
        self._bytes += max(piece.nbytes, 0 if in_order else len(piece) * MAPPED_AROUND_BYTES)
        if self._bytes > PAGES_KEPT_BYTES:
            self.let_go()

    def picked(self, which: NDArray[np.intp]) -> Any:
        """Items from all over the array, in memory: of a mapped file a few at a time."""
        if self._map is None:
            return self._items[which]
        found = np.empty((len(which), *self._items.shape[1:]), self._items.dtype)
        an_item = found.itemsize * prod(found.shape[1:])
        few = max(1, min(SCATTERED, PAGES_KEPT_BYTES // max(1, an_item)))
        self._ask_for(which, an_item)
        for start in range(0, len(which), few):
            some = slice(start, start + few)
            found[some] = self._items[which[some]]
            self.let_go()
        return found

    def _ask_for(self, which: NDArray[np.intp], an_item: int) -> None:
        """Have items fetched that the file's cache lacks: all at once, and nothing else.

        A fault would fetch what the disk reads ahead round each, 128 kB or megabytes, one after the
        other: of a file larger than memory that is the whole file many times over.
        """
        if self._map is None or not hasattr(mmap, "MADV_WILLNEED"):
            return
        if not self._items[:1].flags.c_contiguous:  # an item's bytes lie all over the file
            return
        n = len(self._items)
        places = np.where(which < 0, which + n, which).astype(np.int64)
        places = places[(places >= 0) & (places < n)]  # reading the others raises what it should
        begins = self._begin + places * self._items.strides[0]
        pages = begins - begins % mmap.PAGESIZE
        for page, length in zip(pages.tolist(), (begins + an_item - pages).tolist(), strict=True):
            self._map.madvise(mmap.MADV_WILLNEED, page, length)

    def let_go(self) -> None:
        """Let all pages go; the file's own cache keeps them for the next read."""
        self._bytes = 0
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


def _begin(items: NDArray[Any], base: mmap.mmap) -> int:
    """Where in its map an array begins, in bytes."""
    return int(items.ctypes.data - np.frombuffer(base, np.uint8).ctypes.data)
