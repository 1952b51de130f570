"""Tuned settings beside the default's, on six tables and on cells, judged by items never tuned on.

    OMP_NUM_THREADS=1 python benchmarks/tuning.py annthyroid campaign Cardiotocography celeba
    OMP_NUM_THREADS=1 python benchmarks/tuning.py donors glass pbmc

both at once on two cores; about 20 minutes each. The tables are the first six of ADBench's in the
order of the alphabet, with the rows and the code size of `adbench.py`; the cells are prepared as in
`cells.py`. A random fifth of each is held out of everything, and looked at once: by the default and
by the best of 40 trials. Both, and each trial, are fits of 30 epochs where there are 1,000 items to
learn from, a third of what the default takes by itself, and as long as that where there are fewer.
The score of a fit is its error in units of PCA's, averaged over the code sizes, on these test items
as in tuning on the items held out of the others. Sets that are in the results already are not run
again.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from adbench import CODE_SHARE, TEST_SHARE, read_rows
from cells import N_COMPONENTS, read_cells
from numpy.typing import NDArray
from results_file import run_missing

from isthmus import Autoencoder
from isthmus.data.rows import held_out_split
from isthmus.uses.evaluation import evaluate
from isthmus.uses.studies import quiet
from isthmus.uses.tuning import tune

NAME = "tuning"
TABLES, TRIALS, EPOCHS, FEW = 6, 40, 30, 1000
CELLS = "pbmc"
Fitted = tuple[NDArray[Any], Autoencoder]


def main() -> None:
    """Run what is missing, write after every set."""
    sets = all_sets()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"of {', '.join(sets)}")
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    for name in asked.sets or sets:
        run = partial(one, sets[name], asked.trials)
        run_missing(NAME, "sets", name, asked.seeds, run)


def all_sets() -> dict[str, Callable[[], Fitted]]:
    """Items of each set, and an autoencoder for them."""
    paths = (Path(os.environ["ISTHMUS_DATA"]) / "adbench").glob("*.npz")
    named = {path.stem.split("_", 1)[1]: path for path in paths}
    first = sorted(named, key=str.lower)[:TABLES]
    return {name: partial(table, named[name]) for name in first} | {CELLS: cells}


def table(path: Path) -> Fitted:
    """A table at a quarter of its columns."""
    rows = read_rows(path)
    return rows, Autoencoder(max(1, int(CODE_SHARE * rows.shape[1])), scale="columns")


def cells() -> Fitted:
    """Single cells at 32 numbers."""
    return read_cells(), Autoencoder(N_COMPONENTS)


def one(opened: Callable[[], Fitted], trials: int, seed: int) -> dict[str, Any]:
    """Tune on four fifths of a set, and judge by the last."""
    items, given = opened()
    kept, held = held_out_split(len(items), TEST_SHARE, seed, largest=None)
    train, test = items[kept], items[held]
    epochs = None if len(train) < FEW else EPOCHS
    given.set_params(random_state=seed, training__epochs=epochs)
    begun = time.perf_counter()
    with quiet():
        found = tune(train, given, trials)
    seconds = time.perf_counter() - begun
    record = found.record()
    by_number = {trial["number"]: trial for trial in record["trials"]}
    tuned, default = (score(ae, train, test) for ae in (found.autoencoder(), given))
    return {
        "n_train": len(train),
        "n_test": len(test),
        "n_components": given.n_components,
        "trials": len(record["trials"]),
        "ended_early": sum(trial["pruned"] for trial in record["trials"]),
        "epochs": epochs,
        "seconds": seconds,
        "held_out": {
            "tuned": by_number[record["best"]]["value"],
            "default": by_number[record["default"]]["value"],
        },
        "test": {"tuned": tuned, "default": default},
        "beats_default": tuned < default,
        "before": record["before"],
        "best": by_number[record["best"]]["values"],
        "importances": record["importances"],
    }


def score(ae: Autoencoder, train: NDArray[Any], test: NDArray[Any]) -> float:
    """The error of a fit on test items in units of PCA's, averaged over the code sizes."""
    evaluation = evaluate(ae.fit(train), test, ae.rival(train))
    pairs = zip(evaluation.mse, evaluation.pca_mse, strict=True)
    return float(mean(own / pca for own, pca in pairs))


if __name__ == "__main__":
    main()
