"""The memory that reading a mapped file takes, and how it is given back."""

from __future__ import annotations

import mmap
from math import prod
from typing import Any

from numpy.typing import NDArray

__all__ = ["Pages"]

# A mapped file's pages count as the process's memory until they are let go.
PAGES_KEPT_BYTES = 64 * 2**20
# What the kernel may map for one byte read: a huge page, where the file's cache has them.
MAPPED_AROUND_BYTES = 2 * 2**20


class Pages:
    """Lets the pages of a memory-mapped array go after some have been read."""

    def __init__(self, items: NDArray[Any]):
        base: Any = items
        while base is not None and not isinstance(base, mmap.mmap):
            if getattr(base, "mode", None) == "c":  # its pages hold changes that are nowhere else
                base = None
            base = getattr(base, "base", None)
        self._map: mmap.mmap | None = base
        self._bytes = 0
        self._item_bytes = items.dtype.itemsize * prod(items.shape[1:])

    def read(self, piece: NDArray[Any], *, in_order: bool) -> None:
        """Count what was mapped to read a piece; scattered items map their neighbours too."""
        self._bytes += max(piece.nbytes, 0 if in_order else len(piece) * MAPPED_AROUND_BYTES)
        if self._bytes > PAGES_KEPT_BYTES:
            self.let_go()

    @property
    def mapped(self) -> bool:
        """Whether the array lies in a mapped file."""
        return self._map is not None

    @property
    def some(self) -> int:
        """How many scattered items may be read before pages are let go."""
        return max(1, PAGES_KEPT_BYTES // max(MAPPED_AROUND_BYTES, self._item_bytes))

    def let_go(self) -> None:
        """Let all pages go; the file's own cache keeps them for the next read."""
        self._bytes = 0
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
