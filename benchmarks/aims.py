"""How low the test error of one code size goes in ten minutes, against figures to be reached.

    python benchmarks/aims.py --seeds 1

One fit of the preset ``single-size`` for each code size, and its error twice: with the encoder's
codes, and with codes searched for (``search_steps=10``, tried on digits held out of the training
set). From 20 numbers on small pictures are shifted by whole pixels while training
(``augment="shift"``): chosen with 20 and 64 numbers on such digits, not tried with 2. PCA is of all
training items. Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

from numpy.typing import NDArray
from results_file import run_missing

from isthmus import Autoencoder
from isthmus.bench.split import open_split
from isthmus.uses.evaluation import evaluate

NAME, SEARCH_STEPS = "aims", 10
# Fewest numbers and most values of an item whose pictures are shifted.
FEWEST_SHIFTED, LARGEST_SHIFTED = 20, 1024
# What was asked for, by set and code size.
AIMS = {
    "mnist": {2: 0.030, 20: 0.0060, 49: 0.0022, 64: 0.0012, 100: 0.0008, 392: 0.00020},
    "fashion-mnist": {64: 0.0048},
    "intel128": {1024: 0.0055},
}


def main() -> None:
    """Run what is missing, write after every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--data", nargs="+", default=list(AIMS))
    parser.add_argument("--sizes", nargs="+", type=int, help="all where none is named")
    asked = parser.parse_args()
    for data in asked.data:
        fitting = open_split(data).fitting
        items, test = fitting.data.items, fitting.test.items
        train = items if fitting.kept is None else items[fitting.kept]
        for k in asked.sizes or AIMS[data]:
            run = partial(run_one, data, train, test, k, asked.minutes)
            run_missing(NAME, "fits", f"{data} at {k}", asked.seeds, run)


def run_one(
    data: str, train: NDArray[Any], test: NDArray[Any], k: int, minutes: float, seed: int
) -> dict[str, Any]:
    """Fit once, in units of 0..1."""
    shifted = k >= FEWEST_SHIFTED and train[0].size <= LARGEST_SHIFTED
    training = {"minutes": minutes, "augment": ["shift"] if shifted else []}
    ae = Autoencoder.from_preset("single-size", k, training=training, random_state=seed).fit(train)
    pca = ae.rival(train)
    found = evaluate(ae, test, pca)
    begun = time.monotonic()
    searched = evaluate(ae.set_params(search_steps=SEARCH_STEPS), test, pca)
    search_seconds = time.monotonic() - begun
    return {
        "n_train": len(train),
        "n_test": len(test),
        "minutes": minutes,
        "augment": training["augment"],
        "epochs": ae.n_iter_,
        "seconds": ae.seconds_,
        "aim": AIMS.get(data, {}).get(k),
        "mse": found.mse[-1],
        "search_steps": SEARCH_STEPS,
        "search_seconds": search_seconds,
        "searched_mse": searched.mse[-1],
        "pca_mse": found.pca_mse[-1],
    }


if __name__ == "__main__":
    main()
