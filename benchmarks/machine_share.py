"""The rate at which training steps multiply, against the rate of one large matrix product.

    python benchmarks/machine_share.py

The default's steps on a table of 2,000 columns (dense layers), on digits (dense layers, then small
convolutions) and on photographs (convolutions), at the precision and batch size that a fit picks.
Operations are those of the products, counted by PyTorch: one pass forward, and two of its size
backward. Whole steps are timed: drawing items, scaling, loss and optimiser too. Steps and products
of 2048x2048 matrices run in turn in one process; the figure is the ratio of each pair, its median
and quartiles.
"""

from __future__ import annotations

from statistics import median
from typing import Any

import numpy as np
import torch
from cells import read_cells
from numpy.typing import NDArray
from results_file import write_results
from timing import middle, seconds
from torch.utils.flop_counter import FlopCounterMode

from isthmus import Autoencoder, open_data
from isthmus.corruptions import Corruption
from isthmus.data.rows import Rows
from isthmus.losses import resolve_loss
from isthmus.training import Task, Training
from isthmus.training.hardware import PASSES
from isthmus.training.loop import Fit

PAIRS, SIDE, PRODUCTS = 11, 2048, 8
# Set, code size, items an epoch.
STEPS = {
    "table": ("cells", 32, 3400),
    "digits": ("mnist", 64, 5120),
    "photographs": ("intel128", 64, 240),
}


def a_fit(items: NDArray[Any], k: int, n_items: int) -> Fit:
    """The default's fit of many items, an epoch cut short, PCA done; it has no judging."""
    ae = Autoencoder(k, training={"epochs": 0}, random_state=0).fit(items)
    batch_size = Training().batch_size_for(n_items, items[0].size)
    settings = Training.resolve({"epochs": 10_000, "batch_size": batch_size})
    everything, nothing = np.arange(len(items)), np.array([], dtype=np.intp)
    none, mse = Corruption.resolve("none"), resolve_loss("mse")
    rows = Rows(items, ae.scaling_)
    fit = Fit(
        ae.model_.train(), k, Task(rows, everything, nothing, none, mse, settings, 0), None, None
    )
    fit.begin()
    return fit


@torch.no_grad()
def n_operations(fit: Fit) -> int:
    """Multiplications and additions of one item's pass through the code and back."""
    item = torch.zeros(1, *fit.task.rows.item_shape)
    with FlopCounterMode(display=False) as counter:
        fit.model.decode(fit.model.encode(item))
    return counter.get_total_flops()


def measure(items: NDArray[Any], k: int, n_items: int) -> dict[str, Any]:
    """Rates of both, in turn."""
    fit = a_fit(items, k, n_items)
    dtype = torch.bfloat16 if fit.precision == "bfloat16" else torch.float32
    a, b = (torch.randn(SIDE, SIDE).to(dtype) for _ in range(2))

    def multiply() -> None:
        for _ in range(PRODUCTS):
            torch.mm(a, b)

    an_item = n_operations(fit)
    operations = PASSES * an_item * len(items)
    seconds(fit.run_epoch), seconds(multiply)  # the first of each pays for warming up
    rates = [
        (operations / seconds(fit.run_epoch), PRODUCTS * 2 * SIDE**3 / seconds(multiply))
        for _ in range(PAIRS)
    ]
    return {
        "precision": fit.precision,
        "batch_size": fit.task.batch_size,
        "operations_an_item": an_item,
        "step_rate": median(step for step, _ in rates),
        "product_rate": median(product for _, product in rates),
        **middle("share", (step / product for step, product in rates)),
    }


def main() -> None:
    """Measure all steps and write the results."""
    results = {}
    for name, (data, k, n_items) in STEPS.items():
        results[name] = {"data": data, "n_components": k}
        items = read_cells() if data == "cells" else open_data(data).items
        results[name] |= measure(items[:n_items], k, len(items))
    write_results("machine_share", {"pairs": PAIRS, "steps": results})
    print(results)


if __name__ == "__main__":
    main()
