"""A corruption of your own.

A new idea in one slot is one small class, found by its name.
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from isthmus import Autoencoder
from isthmus.corruptions import Corrupted, Corruption
from isthmus.settings import Interval, Range


class DeadRow(Corruption):
    """One row of each picture is black, as of a sensor with a broken line."""

    name: ClassVar[str] = "dead-row"
    ranges: ClassVar[Mapping[str, Range]] = {"rows": Interval(int, 1)}

    def __init__(self, rows: int = 1):
        self.rows = rows

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        chance = torch.rand(clean.shape[:2], generator=generator)
        dead = chance.argsort(1)[:, : self.rows]
        seen = clean.clone()
        seen[torch.arange(len(clean))[:, None], dead] = 0.0
        return Corrupted(seen, clean)


X = load_digits().images / 16
network = {"network": "u-net", "code": "everything", "random_state": 0}
ae = Autoencoder(corruption={"name": "dead-row", "rows": 2}, **network).fit(X[::2])
print(f"mean squared error of mended digits {-ae.score(X[1::2]):.4f}")
