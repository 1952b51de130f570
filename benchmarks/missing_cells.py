"""Missing cells of tables: filled by Isthmus and by what people use.

    python benchmarks/missing_cells.py --seeds 3

Of each ADBench table named below 10, 30 and 50 % of the cells are hidden at random; every method is
given the incomplete table alone and is judged by the hidden cells, root mean squared error in units
of a column's deviation (of the cells that are there). KNNImputer is run with several numbers of
neighbours and IterativeImputer with two numbers of rounds, and the better result is taken, which is
more than a user could know. Run again it does what is missing.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from results_file import run_missing
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

from isthmus import Autoencoder

NAME = "missing_cells"
TABLES = (
    "glass",
    "Lymphography",
    "Stamps",
    "vertebral",
    "WDBC",
    "wine",
    "Pima",
    "Cardiotocography",
    "annthyroid",
    "Waveform",
    "satellite",
)
SHARES = (0.1, 0.3, 0.5)
MOST_ROWS = 5000
Floats = np.ndarray[Any, np.dtype[np.float64]]


def main() -> None:
    """Run what is missing; results are written after every table, share and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", module="sklearn")
    for name in asked.tables:
        rows = table(name)
        for share in SHARES:

            def run(seed: int, rows: Floats = rows, share: float = share) -> dict[str, Any]:
                return one(rows, share, seed)

            run_missing(NAME, "tables", f"{name} {share:g}", asked.seeds, run)


def table(name: str) -> Floats:
    """A table's rows, its constant columns left out."""
    folder = Path(os.environ["ISTHMUS_DATA"]) / "adbench"
    path = next(path for path in folder.glob("*.npz") if path.stem.endswith(name))
    rows = np.load(path)["X"].astype(np.float64)
    order = np.random.default_rng(0).permutation(len(rows))[:MOST_ROWS]
    rows = rows[np.sort(order)]
    return rows[:, rows.std(0) > 0]


def one(rows: Floats, share: float, seed: int) -> dict[str, Any]:
    """Every method on one incomplete table."""
    hidden = np.random.default_rng(seed).random(rows.shape) < share
    gappy = np.where(hidden, np.nan, rows)
    mean, deviation = np.nanmean(gappy, axis=0), np.nanstd(gappy, axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    # The rivals know no scaling of their own.
    gappy, whole = (gappy - mean) / deviation, (rows - mean) / deviation
    found: dict[str, Any] = {"shape": list(rows.shape)}
    for method, ways in methods(seed).items():
        begun = time.process_time()
        errors = [float(np.sqrt(np.square(way(gappy) - whole)[hidden].mean())) for way in ways]
        found[method] = {"rmse": min(errors), "all": errors}
        found[method]["cpu_seconds"] = time.process_time() - begun
    return found


def methods(seed: int) -> dict[str, list[Callable[[Floats], Floats]]]:
    """What fills gaps, each in the ways it may be set."""

    def ours(gappy: Floats) -> Floats:
        ae = Autoencoder.from_preset("restore-cells", scale="columns", random_state=seed)
        return np.asarray(ae.fit(gappy).restore(gappy))

    return {
        "isthmus": [ours],
        "IterativeImputer": [
            IterativeImputer(max_iter=rounds, random_state=seed).fit_transform
            for rounds in (10, 30)
        ],
        "KNNImputer": [KNNImputer(n_neighbors=k).fit_transform for k in (3, 5, 10, 20)],
        "mean": [SimpleImputer().fit_transform],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
