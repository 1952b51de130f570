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
    from isthmus.bench.worker import Judge, Task


def compete(task: Task, judge: Judge) -> None:
    """Train epoch after epoch, judged after each."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    plain = task.sibling("torch")
    model = plain.network(task)
    judge.note(n_parameters=plain.n_parameters(model))
    trainer = lightning.Trainer(max_epochs=-1, accelerator="cpu", devices=1, barebones=True)
    trainer.fit(Module(task, judge, model, plain), plain.Batches(task))


class Module(lightning.LightningModule):
    """The plain network as Lightning wants it."""

    def __init__(self, task: Task, judge: Judge, model: torch.nn.Module, plain: Any):
        super().__init__()
        self.task, self.judge, self.model, self.plain = task, judge, model, plain
        self.loss = plain.LOSSES[task.options["loss"]]

    def training_step(self, batch: Any, index: int) -> Any:
        """The loss of one batch."""
        seen, clean = batch
        return self.loss(self.model(seen), clean)

    def configure_optimizers(self) -> Any:
        """The optimiser of the plain loop."""
        return self.plain.optimizer_of(self.task, self.model)

    def on_train_epoch_end(self) -> None:
        """Measure."""
        self.judge(lambda rows: self.plain.rebuilt(self.model, rows), self.current_epoch + 1)
