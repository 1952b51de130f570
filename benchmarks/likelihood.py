"""Generation: how likely a variational autoencoder takes the test digits of MNIST to be.

    OMP_NUM_THREADS=1 python benchmarks/likelihood.py --minutes 40 --models models/likelihood

Each pixel is drawn as 0 or 1 with its grey as chance: of the training pictures anew each time,
of the test pictures once. The bound is that of importance sampling with 500 codes an item, in nats,
minus the mean over all 10,000 test pictures. Dense layers were chosen, and not convolutions, by the
loss on digits held out of the training set after two minutes.
Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results_file import fitted_once, run_missing, training_record

from isthmus import Autoencoder, open_data
from isthmus.data import Dataset
from isthmus.uses.likelihood import log_likelihood

NAME = "likelihood"
SAMPLES, NUMBERS = 500, 40


def main() -> None:
    """Run what is missing, write after every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--models", type=Path, help="folder to keep the fit in")
    asked = parser.parse_args()
    run = partial(one, open_data("mnist"), asked.minutes, asked.models)
    run_missing(NAME, "sets", "mnist", asked.seeds, run)


def one(data: Dataset, minutes: float, models: Path | None, seed: int) -> dict[str, Any]:
    """A fit, and its bound on the test pictures, from one sample and from many."""
    assert data.test is not None
    ae = Autoencoder(
        NUMBERS,
        network={"name": "dense", "hidden": (512, 512), "output": "sigmoid"},
        code="gaussian",
        corruption="binary",
        loss={"bce": 1.0, "kl": 1.0},
        training={"minutes": minutes, "batch_size": 128, "learning_rate": 1e-3},
        random_state=seed,
    )
    ae = fitted_once(ae, data.items, models, str(seed))
    test = as_drawn(data.test.items, np.random.default_rng(0))
    found = {f"{n} samples": -float(log_likelihood(ae, test, n).mean()) for n in (1, 50, SAMPLES)}
    return {"training": training_record(ae), "nats": found}


def as_drawn(pictures: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """Each pixel 0 or 255, with its grey as chance of the latter."""
    bright = chance.random(pictures.shape, np.float32) * 255 < pictures
    return bright.astype(np.uint8) * np.uint8(255)


if __name__ == "__main__":
    main()
