"""What one training step costs, against the same step written bare in PyTorch.

    python benchmarks/step_cost.py

Dense 784-100-20-100-784, batch 128, on random bytes. Blocks of steps of both run in turn in one
process, on one thread; the figure is the ratio of each pair of blocks, its median and spread.
"""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from results_file import write_results
from timing import middle, seconds
from torch import nn

from isthmus import Autoencoder
from isthmus.building import Slots
from isthmus.codes import Code
from isthmus.corruptions import Corruption
from isthmus.data.rows import Rows
from isthmus.data.scaling import Scaling
from isthmus.losses import resolve_loss
from isthmus.networks import Start
from isthmus.training import Task, Training
from isthmus.training.loop import Fit

BATCH, BLOCK, PAIRS = 128, 100, 30
N_ITEMS = BATCH * BLOCK


class Bare:
    """The loop a PyTorch user would write."""

    def __init__(self, items: np.ndarray, optimizer: str):
        self.items = torch.from_numpy(items)
        widths = (784, 100, 20, 100, 784)
        layers: list[nn.Module] = []
        for given, wanted in pairwise(widths):
            layers += [nn.Linear(given, wanted), nn.ReLU()]
        self.model = nn.Sequential(*layers)
        self.optimizer = (
            torch.optim.Adam(self.model.parameters(), lr=1e-3, fused=True)
            if optimizer == "adam"
            else torch.optim.RMSprop(self.model.parameters(), lr=1e-3)
        )

    def run(self) -> None:
        for indices in torch.randperm(N_ITEMS).split(BATCH):
            x = self.items[indices].float() / 255
            loss = ((self.model(x) - x) ** 2).sum() / len(x)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()


class Ours:
    """The library's own loop: an epoch without held-out items."""

    def __init__(self, items: np.ndarray, optimizer: str):
        ae = Autoencoder.from_preset("dense-20", random_state=0)
        scaling = Scaling(np.asarray(0.0), np.asarray(255.0), "pixel range 0..1")
        rows = Rows(items.reshape(-1, 28, 28), scaling)
        model = Slots.of(ae).build(rows.item_shape, 20, Start(), seed=0)
        settings = Training.resolve({**dict(ae.training), "optimizer": optimizer, "epochs": 10_000})
        empty = np.array([], dtype=np.intp)
        task = Task(
            rows,
            np.arange(N_ITEMS),
            empty,
            Corruption.resolve("none"),
            resolve_loss("mse"),
            settings,
            seed=0,
        )
        assert not Code.resolve(ae.code).ordered
        self.fit = Fit(model, 20, task, None, None)
        self.fit.begin()

    def run(self) -> None:
        self.fit.run_epoch()


def measure(items: np.ndarray, optimizer: str) -> dict[str, Any]:
    """Times of both, block by block in turn."""
    bare, ours = Bare(items, optimizer), Ours(items, optimizer)
    seconds(bare.run), seconds(ours.run)  # the first block pays for warming up
    pairs = [(seconds(ours.run), seconds(bare.run)) for _ in range(PAIRS)]
    return {
        "ours_ms_per_step": 1e3 * statistics.median(mine for mine, _ in pairs) / BLOCK,
        "bare_ms_per_step": 1e3 * statistics.median(theirs for _, theirs in pairs) / BLOCK,
        **middle("ratio", (mine / theirs for mine, theirs in pairs)),
    }


def main() -> None:
    """Measure both optimisers and write the results."""
    torch.set_num_threads(1)
    items = np.random.default_rng(0).integers(0, 256, (N_ITEMS, 784), dtype=np.uint8)
    results = {optimizer: measure(items, optimizer) for optimizer in ("rmsprop", "adam")}
    write_results("step_cost", {"batch": BATCH, "pairs": PAIRS, "optimizers": results})
    print(results)


if __name__ == "__main__":
    main()
