"""What a search for better codes gains, and what it costs.

    python benchmarks/search_steps.py --seeds 1

MNIST at 64 numbers: the default and the preset ``single-size``, fitted for three minutes each; then
1,000 test digits are encoded with more and more steps of search. A hundred are searched for before,
uncounted. Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results_file import run_missing

from isthmus import Autoencoder
from isthmus.bench.split import open_split
from isthmus.uses.evaluation import evaluate

NAME, SET, N_COMPONENTS = "search_steps", "mnist", 64
STEPS = (0, 1, 3, 10)
N_TEST, N_WARM = 1_000, 100


def main() -> None:
    """Run what is missing, write after every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=3.0)
    asked = parser.parse_args()
    fitting = open_split(SET).fitting
    train, test = fitting.data.items, np.asarray(fitting.test.items[:N_TEST])
    for preset in (None, "single-size"):
        run = partial(run_one, preset, train, test, asked.minutes)
        run_missing(NAME, "fits", preset or "default", asked.seeds, run)


def run_one(
    preset: str | None, train: NDArray[Any], test: NDArray[Any], minutes: float, seed: int
) -> dict[str, Any]:
    """Fit once, encode with each number of steps."""
    training = {"minutes": minutes}
    ae = Autoencoder.from_preset(preset, N_COMPONENTS, training=training, random_state=seed)
    ae.fit(train)
    pca = ae.rival(train)
    by_steps = []
    for steps in STEPS:
        ae.set_params(search_steps=steps).transform(test[:N_WARM])
        begun = time.monotonic()
        ae.transform(test)
        seconds = time.monotonic() - begun
        errors = evaluate(ae, test, pca).by_code_size()
        by_steps.append({"steps": steps, "ms_an_item": 1000 * seconds / N_TEST, "errors": errors})
    return {"minutes": minutes, "epochs": ae.n_iter_, "n_test": N_TEST, "by_steps": by_steps}


if __name__ == "__main__":
    main()
