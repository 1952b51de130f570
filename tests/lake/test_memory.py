"""Threads share what they free: glibc's own count of its heaps."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

COUNTED = """
import ctypes, sys, threading
from isthmus.lake.memory import share_freed_memory
import pyarrow as pa

if sys.argv[1] == "shared":
    share_freed_memory()
libc = ctypes.CDLL(None)
together = threading.Barrier(4)
def allocate():
    together.wait()
    libc.malloc(10_000)
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, file)
libc.fflush(file)
print(pa.default_memory_pool().backend_name)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps of threads are glibc's")
def test_threads_share_a_heap() -> None:
    """Threads that begin before the call, as those of libraries, keep theirs."""
    heaps, pools = {}, {}
    for how in ("alone", "shared"):
        command = [sys.executable, "-c", COUNTED, how]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        heaps[how], pools[how] = said.count("<heap nr="), said.splitlines()[-1]
    assert heaps["shared"] < heaps["alone"]
    assert pools["shared"] == "system"
