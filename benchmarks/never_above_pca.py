"""The promise of the default on every built-in set: on fresh items it is not above PCA.

    OMP_NUM_THREADS=1 python benchmarks/never_above_pca.py --seeds 3

For every built-in set on this machine, code sizes 2, 16 and 64: 2,000 random items are fitted for 5
epochs in batches of 32, and 2,000 others, which no part of the fit has seen, are measured at every
listed prefix, PCA of all fitted items beside. Of sets with fewer than 4,000 items one half is
fitted. The figure is the largest ratio to PCA of any prefix; a fit that ends as PCA differs from it
by rounding. Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results_file import run_missing

from isthmus import Autoencoder, open_data
from isthmus.data import builtin_sets
from isthmus.uses.evaluation import evaluate

MOST_ITEMS, CODE_SIZES = 2_000, (2, 16, 64)
# Small batches: many steps for their cost, so that most fits leave PCA.
TRAINING = {"epochs": 5, "batch_size": 32}


def main() -> None:
    """Run what is missing, write after every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="all on this machine where none is named")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    for chosen in builtin_sets():
        if chosen.found and (not arguments.sets or chosen.name in arguments.sets):
            items = open_data(chosen.name).items
            for k in CODE_SIZES:
                run_missing(
                    "never_above_pca",
                    "fits",
                    f"{chosen.name} at {k}",
                    arguments.seeds,
                    partial(run_one, items, min(k, int(np.prod(chosen.shape)))),
                )


def run_one(items: NDArray[Any], k: int, seed: int) -> dict[str, Any]:
    """Fit some items, measure others."""
    order = np.random.default_rng(seed).permutation(len(items))
    half = min(MOST_ITEMS, len(items) // 2)
    X, fresh = items[np.sort(order[:half])], items[np.sort(order[half : 2 * half])]
    ae = Autoencoder(k, training=TRAINING, random_state=seed).fit(X)
    found = evaluate(ae, fresh, ae.rival(X))
    return {
        "n_fitted": len(X),
        "n_fresh": len(fresh),
        "best_epoch": ae.best_epoch_,
        "seconds": ae.seconds_,
        "by_code_size": found.by_code_size(),
    }


if __name__ == "__main__":
    main()
