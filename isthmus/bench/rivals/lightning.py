"""The network, optimiser and batches of torch.py under Lightning's Trainer.

``barebones`` turns off everything that costs time there: its fastest.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

import lightning
import torch

if TYPE_CHECKING:
    from isthmus.bench.worker import Judge, Rows, Task


def compete(task: Task, judge: Judge) -> None:
    """Train epoch after epoch, judged after each."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    plain = task.sibling("torch")
    model = plain.network(task)
    judge.note(n_parameters=plain.n_parameters(model))
    trainer = lightning.Trainer(max_epochs=-1, accelerator="cpu", devices=1, barebones=True)
    module = Module(task, judge, model, plain)
    trainer.fit(module, module.batches)


class Module(lightning.LightningModule):
    """The plain network as Lightning wants it."""

    def __init__(self, task: Task, judge: Judge, model: torch.nn.Module, plain: Any):
        super().__init__()
        self.task, self.judge, self.model, self.plain = task, judge, model, plain
        self.loss = plain.LOSSES[task.options["loss"]]
        self.batches = plain.Batches(task)

    def training_step(self, batch: Any, index: int) -> Any:
        """The loss of one batch."""
        seen, clean = batch
        return self.loss(self.model(seen), clean)

    def configure_optimizers(self) -> Any:
        """The optimiser of the plain loop."""
        return self.plain.optimizer_of(self.task, self.model)

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Measure if the time is over."""
        share = (batch_idx + 1) / len(self.batches)
        self.judge.step(self.rebuild, self.current_epoch + share)

    def on_train_epoch_end(self) -> None:
        """Measure."""
        self.judge(self.rebuild, self.current_epoch + 1)

    def rebuild(self, rows: Rows) -> Rows:
        """Rows through the network."""
        return self.plain.rebuilt(self.model, rows)
