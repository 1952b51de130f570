"""Judging a model on held-out items, the same way after every epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from isthmus.codes import code_sizes
from isthmus.losses import total_loss
from isthmus.model import Model
from isthmus.training.task import Task, chance

__all__ = ["Judge", "Verdict"]

# Chance in judging comes from its own generator, the same for every epoch.
JUDGING = 0
BATCH = 512
# An ordered code is decoded once per size: judging more items would cost a tenth of an epoch.
LARGEST_JUDGED, FEWEST_JUDGED = 1024, 64
# Of large pictures fewer are judged: decoding this many values takes seconds.
MOST_VALUES = 2**25


@dataclass(frozen=True)
class Verdict:
    """How a model does on held-out items.

    Attributes
    ----------
    loss : float
        The total loss, in the loss's own unit.
    errors : tuple of float
        Mean squared error per scaled value, at each code size judged.
    """

    loss: float
    errors: tuple[float, ...]


class Judge:
    """Measures the loss and the reconstruction error on the held-out items.

    Parameters
    ----------
    task : Task
    device : torch.device
    n_components : int
    """

    def __init__(self, task: Task, device: torch.device, n_components: int, ordered: bool):
        self.task = task
        self.device = device
        self.sizes = code_sizes(n_components) if ordered else (n_components,)
        self.indices = task.held_out
        decoded_values = len(self.sizes) * math.prod(task.rows.item_shape)
        most = max(FEWEST_JUDGED, min(LARGEST_JUDGED, MOST_VALUES // decoded_values))
        if ordered and len(self.indices) > most:
            self.indices = self.indices[:: len(self.indices) // most]

    def _batches(self) -> Iterator[torch.Tensor]:
        for start in range(0, len(self.indices), BATCH):
            yield self.task.rows.batch(self.indices[start : start + BATCH]).to(self.device)

    @torch.no_grad()
    def __call__(self, model: Model) -> Verdict:
        """The verdict on a model as it stands."""
        model.eval()
        generator = chance(self.task.seed, JUDGING)
        loss, squares, n_values = 0.0, [0.0] * len(self.sizes), 0
        for clean in self._batches():
            batch = self.task.corruption(clean, generator)
            record = model(batch, generator)
            loss += float(total_loss(self.task.terms, record).detach()) * len(clean)
            code = model.encode(batch.seen if self.task.corruption.acts == "always" else clean)
            for i, size in enumerate(self.sizes):
                error = model.decode(code, size) - clean
                squares[i] += float(error.double().square().sum())
            n_values += clean.numel()
        model.train()
        return Verdict(loss / len(self.indices), tuple(square / n_values for square in squares))
