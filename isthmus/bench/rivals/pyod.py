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
        self.judge, self.epoch = judge, 0

    def epoch_update(self) -> Any:
        """Call the judge."""
        self.epoch += 1
        self.model.eval()
        if self.epoch == 1:
            self.judge.note(n_parameters=sum(w.numel() for w in self.model.parameters()))
        self.judge(self.rebuild, self.epoch)
        self.model.train()

    @torch.no_grad()
    def rebuild(self, rows: Rows) -> Rows:
        """Rows through the network."""
        return self.model(torch.from_numpy(rows)).numpy()
