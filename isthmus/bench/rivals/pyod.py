"""PyOD's AutoEncoder, with what of its defaults suits rebuilding.

Its dropout of 0.2 and its standardising are off: they serve finding outliers, and cost error here
(a pixel that is constant in training would be divided by 1e-8). Batch norm, ReLU, Adam at 1e-3 and
a weight decay of 1e-5 are its defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from pyod.models.auto_encoder import AutoEncoder

if TYPE_CHECKING:
    from isthmus.bench.worker import Judge, Rows, Task


def compete(task: Task, judge: Judge) -> None:
    """Train epoch after epoch, judged after each."""
    torch.set_num_threads(task.threads)
    Judged(task, judge).fit(task.train)


class Judged(AutoEncoder):
    """PyOD's own, measured in the hook it has for the end of an epoch."""

    def __init__(self, task: Task, judge: Judge):
        super().__init__(
            hidden_neuron_list=[*task.options["hidden"], task.n_components],
            batch_size=task.options["batch_size"],
            epoch_num=1_000_000,  # the judge ends the training
            dropout_rate=0.0,
            preprocessing=False,
            random_state=task.seed,
            verbose=0,
        )
        self.judge, self.epoch, self.steps = judge, 0, 0

    def build_model(self) -> None:
        """Build it, and count it."""
        super().build_model()
        self.judge.note(n_parameters=sum(w.numel() for w in self.model.parameters()))

    def training_forward(self, batch_data: Any) -> Any:
        """A step; measure if the time is over."""
        loss = super().training_forward(batch_data)
        self.steps += 1
        # The last rows of an epoch are dropped where they fill no batch.
        self.judge.step(self.rebuild, self.steps / (self.data_num // self.batch_size))
        return loss

    def epoch_update(self) -> None:
        """Measure."""
        self.epoch += 1
        self.judge(self.rebuild, self.epoch)

    @torch.no_grad()
    def rebuild(self, rows: Rows) -> Rows:
        """Rows through the network, its batch norm at rest."""
        self.model.eval()
        rebuilt = self.model(torch.from_numpy(rows)).numpy()
        self.model.train()
        return rebuilt
