"""What each choice of the default is worth, on digits held out of MNIST's training set.

    OMP_NUM_THREADS=1 python benchmarks/ablation.py --epochs 4

Each variant changes one thing of the default and is fitted to 54,000 training digits; errors are of
the other 6,000. The test digits are not looked at. Seconds are of the processor, so that variants
of different cost can be weighed against each other.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from results_file import read_results, write_results
from torch import Tensor

from isthmus import Autoencoder, open_data
from isthmus.codes.ordered import code_sizes
from isthmus.training.loop import Fit
from isthmus.uses.evaluation import evaluate

NAME, HELD_OUT, N_COMPONENTS = "ablation", 6_000, 64


def network(**settings: Any) -> dict[str, Any]:
    return {"network": {"name": "pca-start", **settings}}


def dense(**settings: Any) -> dict[str, Any]:
    return network(refine={"name": "dense", **settings})


def constant(module: str, name: str, value: object) -> dict[str, Any]:
    """A variant that changes a name of a module, where no setting is worth having."""
    return {"constant": (f"isthmus.{module}", name, value)}


class Averaged(Fit):
    """A fit that ends with the mean of the weights of its last steps.

    Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018.
    """

    share: float  # of the fit
    n_averaged = 0

    def _step(self, clean: Tensor, generator: torch.Generator) -> Tensor:
        loss = super()._step(clean, generator)
        if self.done() >= 1.0 - self.share:
            weights = [weight.detach() for weight in self.model.parameters()]
            if not self.n_averaged:
                self.average = [weight.clone() for weight in weights]
            self.n_averaged += 1
            for mean, weight in zip(self.average, weights, strict=True):
                mean.lerp_(weight, 1.0 / self.n_averaged)
        return loss

    def _close_epoch(self, loss: float | None) -> None:
        if self.done() >= 1.0:
            with torch.no_grad():
                for weight, mean in zip(self.model.parameters(), self.average, strict=True):
                    weight.copy_(mean)
        super()._close_epoch(loss)


def averaged(share: float) -> dict[str, Any]:
    return constant("training.loop", "Fit", type("Averaged", (Averaged,), {"share": share}))


VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "completion: one layer of 64": network(completion=(64,)),
    "completion: three layers of 192": network(completion=(192, 192, 192)),
    "no sizes in between": constant("codes.ordered", "BETWEEN_SHARE", 1e-9),
    "all sizes in between": constant("codes.ordered", "BETWEEN_SHARE", 1.0),
    "the whole code drawn half as often": constant("codes.ordered", "WHOLE", 1.0),
    "all sizes drawn alike": constant(
        "codes.ordered", "draw_weights", lambda k: torch.ones(len(code_sizes(k)))
    ),
    "activation relu": dense(activation="relu"),
    "activation silu": dense(activation="silu"),
    "network 1024-512": dense(hidden=(1024, 512)),
    "network 256-256": dense(hidden=(256, 256)),
    "no convolutions": network(convolutions=0),
    "convolutions of 8": network(convolutions=8),
    "convolutions of 32": network(convolutions=32),
    "convolutions with a block on the second grid": constant(
        "networks.pca_start", "BLOCKS", (1, 1)
    ),
    "correction half as large": constant("networks.pca_start", "UNIT", 2.0),
    "correction twice as large": constant("networks.pca_start", "UNIT", 8.0),
    "batch 128": {"training__batch_size": 128},
    "batch 512": {"training__batch_size": 512},
    "half the learning rate": {"training__learning_rate": 1.2e-3},
    "twice the learning rate": {"training__learning_rate": 4.8e-3},
    "warm-up of a hundredth": constant("training.schedules", "WARM_UP", 0.01),
    "weights of the last twentieth averaged": averaged(0.05),
    "weights of the last fifth averaged": averaged(0.2),
    "rate constant, weights of the last fifth averaged": averaged(0.2)
    | {"training__schedule": "constant"},
}


def main() -> None:
    """Run the variants asked for, write after every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--only", nargs="*", default=list(VARIANTS))
    arguments = parser.parse_args()
    items = open_data("mnist").items
    order = np.random.default_rng(0).permutation(len(items))
    held, kept = np.sort(order[:HELD_OUT]), np.sort(order[HELD_OUT:])
    for name in arguments.only:
        row = run_one(VARIANTS[name], items[kept], items[held], arguments.epochs)
        # Another process may have written its variants meanwhile.
        variants = read_results(NAME).get("variants", {}) | {name: row}
        write_results(NAME, {"epochs": arguments.epochs, "variants": variants})
        print(name, row, flush=True)


def run_one(variant: dict[str, Any], kept: Any, held: Any, epochs: int) -> dict[str, Any]:
    settings = dict(variant)
    with changed(settings.pop("constant", None)):
        ae = Autoencoder(N_COMPONENTS, random_state=0)
        ae.set_params(training={"epochs": epochs}).set_params(**settings)
        begun = time.process_time()
        ae.fit(kept)
        seconds = time.process_time() - begun
        found = evaluate(ae, held, ae.rival(kept))
    ratios = [mse / pca for mse, pca in zip(found.mse, found.pca_mse, strict=True)]
    return {
        "cpu_seconds": seconds,
        "n_parameters": ae.n_parameters_,
        "of_pca": float(np.mean(ratios)),
        "mse": dict(zip(map(str, found.sizes), found.mse, strict=True)),
    }


@contextmanager
def changed(choice: tuple[str, str, object] | None) -> Iterator[None]:
    """One name of one module replaced for a while."""
    if choice is None:
        yield
        return
    module, name, value = importlib.import_module(choice[0]), choice[1], choice[2]
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


if __name__ == "__main__":
    main()
