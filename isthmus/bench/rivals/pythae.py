"""pythae's AE and VAE with its own dense networks and the settings of its MNIST example.

That example trains with Adam, rate 1e-3, batches of 100, 100 epochs. pythae sums where others
average; only the squared error on test rows is compared. Its decoder ends in a sigmoid.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import pythae.models
import torch
from pythae.pipelines import TrainingPipeline
from pythae.trainers import BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback

if TYPE_CHECKING:
    from isthmus.bench.worker import Judge, Rows, Task


def compete(task: Task, judge: Judge) -> None:
    """Train epoch after epoch, judged after each."""
    torch.set_num_threads(task.threads)
    torch.manual_seed(task.seed)
    name = task.options["model"]
    config = getattr(pythae.models, f"{name}Config")(
        input_dim=(task.n_features,), latent_dim=task.n_components
    )
    model = getattr(pythae.models, name)(config)
    judge.note(n_parameters=sum(weight.numel() for weight in model.parameters()))
    with tempfile.TemporaryDirectory() as folder:
        training = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=1_000_000,  # the judge ends the training
            learning_rate=task.options["learning_rate"],
            per_device_train_batch_size=task.options["batch_size"],
            seed=task.seed,
            no_cuda=True,
        )
        n_steps = -(-len(task.train) // task.options["batch_size"])
        watcher = AfterEpoch(judge, model, n_steps)
        TrainingPipeline(model, training)(task.train, callbacks=[watcher])


class AfterEpoch(TrainingCallback):
    """Measures after each epoch, or where the time is over."""

    def __init__(self, judge: Judge, model: Any, n_steps: int):
        super().__init__()
        self.judge, self.model, self.n_steps = judge, model, n_steps
        self.epoch, self.steps = 0, 0

    def on_train_step_end(self, training_config: Any, **kwargs: Any) -> None:
        """Measure if the time is over."""
        self.steps += 1
        self.judge.step(self.rebuild, self.steps / self.n_steps)

    def on_epoch_end(self, training_config: Any, **kwargs: Any) -> None:
        """Measure."""
        self.epoch += 1
        self.judge(self.rebuild, self.epoch)

    @torch.no_grad()
    def rebuild(self, rows: Rows) -> Rows:
        """Rows through the encoder's embedding (a VAE's mean) and the decoder, without chance."""
        embedding = self.model.encoder(torch.from_numpy(rows)).embedding
        return self.model.decoder(embedding).reconstruction.numpy()
