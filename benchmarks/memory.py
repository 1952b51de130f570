"""Memory of a fit of 1,000,000 rows of 784 bytes that lie on disk.

    python benchmarks/memory.py

Writes the rows (real MNIST digits with noise, so that they cannot be shared or compressed away),
runs the command line on them and reads the kernel's count of the largest resident memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from results_file import write_results

from isthmus import open_data

BLOCK = 10_000


def main() -> None:
    """Write the rows, fit, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    n_rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        write_rows(path, n_rows)
        command = ["fit", str(path), "-k", "20", "--epochs", "1", "--out", f"{folder}/run"]
        begun = time.monotonic()
        _, peak = peaks([sys.executable, "-m", "isthmus", *command])
        results = {
            "rows": n_rows,
            "file_mb": path.stat().st_size / 1e6,
            "peak_resident_mb": peak / 1e6,
            "seconds": time.monotonic() - begun,
        }
    write_results("memory", results)
    print(results)


def write_rows(path: Path, n_rows: int) -> None:
    digits = open_data("mnist").items.reshape(-1, 784)
    rng = np.random.default_rng(0)
    rows = np.lib.format.open_memmap(path, "w+", np.uint8, (n_rows, 784))
    for start in range(0, n_rows, BLOCK):
        stop = min(start + BLOCK, n_rows)
        picked = digits[rng.integers(0, len(digits), stop - start)]
        rows[start:stop] = picked ^ rng.integers(0, 16, picked.shape, dtype=np.uint8)
    rows.flush()


def peaks(command: list[str], cache: Path | None = None) -> tuple[int, int]:
    """The largest anonymous and resident memory of a process, in bytes.

    ``cache`` is where it keeps what it prepares; None is the usual place.
    """
    own = {} if cache is None else {"ISTHMUS_CACHE": str(cache)}
    process = subprocess.Popen(command, env=os.environ | own, stdout=subprocess.DEVNULL)
    found = {"Anonymous": 0, "VmHWM": 0}

    def watch() -> None:
        proc = Path(f"/proc/{process.pid}")
        while process.poll() is None:
            try:
                lines = (proc / "smaps_rollup").read_text() + (proc / "status").read_text()
            except OSError:
                return
            for line in lines.splitlines():
                name, _, value = line.partition(":")
                if name in found:
                    found[name] = max(found[name], int(value.split()[0]) * 1024)
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if process.wait() != 0:
        raise SystemExit(f"{command} failed")
    watcher.join()
    return found["Anonymous"], found["VmHWM"]


if __name__ == "__main__":
    main()
