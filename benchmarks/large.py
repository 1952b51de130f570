"""Fit and encode far more rows than fit into memory: memory and rows a second from 10^4 to 10^7.

    python benchmarks/large.py                       # all forms and sizes, one after the other
    python benchmarks/large.py --only npy --rows 10000 100000   # some of them; others are kept
    python benchmarks/large.py --only parquet --rows 10000000 --folder /mnt/large
    python benchmarks/large.py --encode-only --only npy   # by a fit of few; fits measured are kept

On two cores the small sizes take a minute or two each, 1,000,000 rows some five to ten, 10,000,000
an hour. These need disk for 8 GB of rows, and as Parquet files 32 GB more: for the numbers that a
table of bytes is prepared as, which are four bytes each.

Rows are 784 bytes: real digits with noise, so that they cannot be shared or compressed away. They
lie in one memory-mapped ``.npy``, and in a folder of Parquet files of 100,000 rows, 784 columns of
bytes. Each size is fitted by the command line for one pass over its rows, whatever their number, so
that time should grow as they do; then the same rows are encoded, of the Parquet files as a lake.

Two numbers are memory. ``anonymous_mb`` is the largest of the kernel's counts of pages that are in
memory alone (``Anonymous`` of /proc/PID/smaps_rollup, looked at ten times a second): what a process
must have. ``resident_mb`` is its high-water mark (``VmHWM``), which counts pages of mapped files
too while they happen to be there; the kernel may take these back at any time.

A fit's ``training_rows_a_second`` is of its own seconds, PCA and one pass over the rows; those of
the whole command have the report as well, which takes as long for any number of rows.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from memory import BLOCK, peaks, write_rows
from pyarrow import parquet
from results_file import read_results, write_results

NAME, K, COLUMNS, ROWS_A_FILE = "large", 20, 784, 100_000
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
ISTHMUS = [sys.executable, "-m", "isthmus"]


def main() -> None:
    """Measure each form at each size, and keep what was measured before."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--only", choices=("npy", "parquet"))
    parser.add_argument("--encode-only", action="store_true")
    parser.add_argument("--folder", help="where the rows are made, and removed again")
    asked = parser.parse_args()
    for form in ("npy", "parquet") if asked.only is None else (asked.only,):
        for n_rows in asked.rows:
            with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
                for found in measure(form, n_rows, Path(folder), encode_only=asked.encode_only):
                    keep(form, {"rows": n_rows, **found})
                    print(form, n_rows, found, flush=True)


def keep(form: str, row: dict[str, Any]) -> None:
    """Add to the results what was measured of some rows in a form."""
    before = read_results(NAME)
    of_rows = {old["rows"]: old for old in before.get(form, [])}
    of_rows[row["rows"]] = of_rows.get(row["rows"], {}) | row
    rows = sorted(of_rows.values(), key=lambda one: int(one["rows"]))
    forms = {kind: before[kind] for kind in ("npy", "parquet") if kind in before}
    write_results(NAME, {"epochs": 1, "n_components": K, **forms, form: rows})


def measure(
    form: str, n_rows: int, home: Path, *, encode_only: bool
) -> Iterator[dict[str, dict[str, float]]]:
    """One fit and one encoding of so many rows, each told when it is done.

    The memory and time of encoding do not depend on how many rows the model was fitted to, so that
    where only it is measured these are few.
    """
    data, pattern, out = write_data(form, n_rows, home)
    fitted = write_data(form, SIZES[0], home / "few")[0] if encode_only else data
    fit = ["fit", str(fitted), "-k", str(K), "--epochs", "1", "--out", str(home / "run")]
    encode = ["encode", str(home / "run"), str(pattern), "--out", str(home / out)]
    for verb, arguments in (("fit", fit), ("encode", encode)):
        begun = time.monotonic()
        anonymous, resident = peaks([*ISTHMUS, *arguments], home / "cache")
        took = time.monotonic() - begun
        found = {
            "seconds": took,
            "rows_a_second": n_rows / took,
            "anonymous_mb": anonymous / 1e6,
            "resident_mb": resident / 1e6,
        }
        if verb == "fit":
            metrics = json.loads((home / "run" / "metrics.json").read_text(encoding="utf-8"))
            found["training_seconds"] = metrics["seconds"]
            found["training_rows_a_second"] = metrics["n_train"] / metrics["seconds"]
        if verb == "encode" or not encode_only:
            yield {verb: found}


def write_data(form: str, n_rows: int, home: Path) -> tuple[Path, Path, str]:
    """Rows in a form: what is fitted, what is encoded, and the name of what that becomes."""
    home.mkdir(exist_ok=True)
    rows = home / "rows.npy"
    write_rows(rows, n_rows)
    if form == "npy":
        return rows, rows, "codes.parquet"
    folder = home / "rows"
    write_parquet(rows, folder)
    rows.unlink()
    return folder, folder / "*.parquet", "codes"


def write_parquet(rows: Path, folder: Path) -> None:
    """The same rows as Parquet files, with identifiers."""
    items = np.load(rows, mmap_mode="r")
    folder.mkdir()
    for start in range(0, len(items), ROWS_A_FILE):
        path = folder / f"{start // ROWS_A_FILE:05d}.parquet"
        writer: parquet.ParquetWriter | None = None
        for first in range(start, min(start + ROWS_A_FILE, len(items)), BLOCK):
            block = np.asfortranarray(items[first : min(first + BLOCK, start + ROWS_A_FILE)])
            ids = pa.array([f"row-{i}" for i in range(first, first + len(block))])
            columns = {"id": ids} | {f"x{i}": pa.array(block[:, i]) for i in range(COLUMNS)}
            table = pa.table(columns)
            writer = writer or parquet.ParquetWriter(path, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()


if __name__ == "__main__":
    main()
