"""The one loop that trains every autoencoder."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from isthmus.errors import Diverged
from isthmus.losses import total_loss
from isthmus.model import Model
from isthmus.together import ALONE, Together
from isthmus.training.augmentation import augment, cut
from isthmus.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from isthmus.training.clock import Clock
from isthmus.training.hardware import pick_device, pick_precision
from isthmus.training.judge import Judge, Verdict
from isthmus.training.progress import Epoch, Progress, Watcher
from isthmus.training.schedules import SCHEDULES
from isthmus.training.task import Task, chance

__all__ = ["Outcome", "Saving", "train"]

SECONDS_BETWEEN_NEWS = 0.2


@dataclass(frozen=True)
class Saving:
    """Where a fit keeps its checkpoint.

    Attributes
    ----------
    path : Path
    fit : str
        What is being fitted; see `Checkpoint`.
    resume : bool
        Continue from the file if it is there.
    """

    path: Path
    fit: str
    resume: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a fit did: its progress, and whether the user stopped it."""

    progress: Progress
    interrupted: bool


def train(
    model: Model,
    n_components: int,
    task: Task,
    saving: Saving | None = None,
    watcher: Watcher | None = None,
    together: Together = ALONE,
) -> Outcome:
    """Train ``model`` in place and leave it with its best held-out weights.

    Ctrl-C ends the fit cleanly: the model has the best weights so far. Of several processes each
    computes with its share of every batch; the first judges, keeps the checkpoint and tells the
    watcher, whose exceptions end the fit and are raised on.

    Raises
    ------
    Diverged
        If the loss stops being a number.
    """
    fit = Fit(model, n_components, task, saving, watcher, together)
    interrupted = False
    with fit.clock:
        try:
            fit.begin()
            while not fit.finished():
                fit.run_epoch()
        except KeyboardInterrupt:
            interrupted = True
    fit.end()
    return Outcome(fit.progress, interrupted)


class Fit:
    """One fit under way."""

    def __init__(
        self,
        model: Model,
        n_components: int,
        task: Task,
        saving: Saving | None,
        watcher: Watcher | None,
        together: Together = ALONE,
    ):
        self.task = task
        self.together = together
        self.saving = saving
        self.watcher = watcher if together.is_first else None
        self.settings = settings = task.settings
        self.device = pick_device(settings.device)
        self.model = model.to(self.device)
        self.optimizer = settings.optimizer_class()(
            [weight for weight in model.parameters() if weight.requires_grad],
            task.learning_rate,
            math.prod(task.item_shape),
        )
        # They have begun alike, unless their processors round differently.
        together.same(model.state_dict().values())
        self.progress = Progress()
        self.best = _copy(model.state_dict())
        self.judge = (
            Judge(task, self.device, model.code.sizes(n_components), together)
            if len(task.held_out)
            else None
        )
        self.precision = pick_precision(
            settings.precision,
            self.device,
            self.model,
            task.corruption.seen_shape(task.item_shape),
            -(-task.batch_size // together.count),
        )
        self.n_epochs = settings.epochs_for(task.steps_per_epoch)
        self.steps = 0
        self._news = 0.0
        self.clock = Clock(time.monotonic() if task.begun is None else task.begun, together)

    def begin(self) -> None:
        """Take up the checkpoint, or judge the untrained model."""
        checkpoint = self.together.told(self._checkpoint)
        if checkpoint is not None:
            self.model.load_state_dict(checkpoint.weights)
            self.best = checkpoint.best
            self.optimizer.load(checkpoint.optimizer)
            self.progress = checkpoint.progress
            self.steps = self.progress.epoch * self.task.steps_per_epoch
            self.clock.earlier = self.progress.seconds
            self.clock.tick()
        else:
            self._close_epoch(None)

    def _checkpoint(self) -> Checkpoint | None:
        """Where an earlier fit was when it was interrupted."""
        saving = self.saving
        if saving is None or not saving.resume or not saving.path.exists():
            return None
        return read_checkpoint(saving.path, saving.fit)

    def done(self) -> float:
        """The share of the fit that is behind us, 0..1."""
        if self.settings.minutes is not None:
            return min(1.0, self.clock.seconds / (60 * self.settings.minutes))
        n_steps = self.n_epochs * self.task.steps_per_epoch
        return self.steps / n_steps if n_steps else 1.0

    def finished(self) -> bool:
        """Whether time, epochs or patience are used up."""
        patience = self.settings.patience
        return self.done() >= 1.0 or (patience is not None and self.progress.stale >= patience)

    def run_epoch(self) -> None:
        """One pass over the data, or what time is left for; judged and saved at its end."""
        losses = torch.zeros((), device=self.device)
        n_items = 0
        generator = chance(self.task.seed, 1, self.progress.epoch)
        self.model.train()
        batches = self._shuffled(generator)
        if self.together.count > 1:
            # The order is that of all; what chance does to items is each process's own.
            generator = chance(self.task.seed, 1, self.progress.epoch, self.together.rank)
        for batch in batches:
            self.clock.step()
            # Of fewer items than processes each takes all.
            indices = batch if len(batch) < self.together.count else self.together.share(batch)
            loss = self._step(indices, generator, len(batch))
            losses += loss * len(indices)
            n_items += len(indices)
            self.steps += 1
            self._tell(loss)
            if self.settings.minutes is not None and self.done() >= 1.0:
                break
        loss_sum, n_items = self.together.total(np.array([float(losses), n_items]))
        mean_loss = float(loss_sum / n_items)
        if not math.isfinite(mean_loss):
            raise Diverged(
                f"the loss stopped being a number in epoch {self.progress.epoch + 1}; lower "
                f"learning_rate (now {self.task.learning_rate:g})."
            )
        self.progress.epoch += 1
        self._close_epoch(mean_loss)

    def _shuffled(self, generator: torch.Generator) -> Iterator[Tensor]:
        kept, size = self.task.kept, self.task.batch_size
        n = len(kept) * self.task.draws
        # Of many items the order is what most memory goes to: it is halved where it can be.
        dtype = torch.int32 if n < 2**31 else torch.int64
        order = torch.randperm(n, generator=generator, dtype=dtype)
        for start in range(0, n, size):
            some = order[start : start + size] % len(kept)
            yield torch.from_numpy(kept[some.numpy()])

    def _step(self, indices: Tensor, generator: torch.Generator, n_batch: int) -> Tensor:
        """One step by some items, of a batch of so many."""
        self.optimizer.rate = self._rate()
        clean = self.task.rows.batch(indices.numpy()).to(self.device)
        if clean.shape[1:] != self.task.item_shape:
            clean = cut(clean, self.task.item_shape, generator)
        if self.settings.augment:
            clean = augment(clean, self.settings.augment, generator)
        batch = self.task.corruption(clean, generator)
        with self._precision():
            known = None if self.task.codes is None else self.task.codes[indices].to(self.device)
            record = self.model(batch, generator, known)
            if self.task.given is not None:
                record = replace(record, given=self.task.given[indices].to(self.device))
            loss = total_loss(self.task.terms, record)
        (loss * self._share_of(len(indices), n_batch)).backward()
        sent = torch.bfloat16 if self.precision == "bfloat16" else None
        self.together.add_gradients(self.optimizer.weights, sent)
        self.optimizer.step()
        return loss.detach()

    def _share_of(self, n_own: int, n_batch: int) -> float:
        """What a mean over a process's own items counts in the mean over the batch."""
        return 1 / self.together.count if n_batch < self.together.count else n_own / n_batch

    def _precision(self) -> contextlib.AbstractContextManager[object]:
        if self.precision == "bfloat16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def _rate(self) -> float:
        factor = SCHEDULES[self.settings.schedule](self.done())
        return self.task.learning_rate * self.progress.rate_factor * factor

    def _tell(self, loss: Tensor) -> None:
        if self.watcher is not None and time.monotonic() - self._news > SECONDS_BETWEEN_NEWS:
            self._news = time.monotonic()
            self.watcher.step(self.done(), float(loss))

    def _close_epoch(self, loss: float | None) -> None:
        verdict = self._judged(trained=loss is not None)
        progress = self.progress
        self.clock.tick()
        if verdict is None:
            self.best = self.model.state_dict()
            progress.best_epoch = progress.epoch
        elif progress.note(verdict.score, self.settings):
            self.best = _copy(self.model.state_dict())
        epoch = Epoch(
            progress.epoch,
            self.clock.seconds,
            self._rate(),
            loss,
            verdict.loss if verdict else None,
            verdict.errors[-1] if verdict else None,
            verdict.score if verdict and math.isfinite(verdict.score) else None,
            self.done(),
        )
        progress.history.append(epoch)
        if self.watcher is not None:
            self.watcher.epoch(epoch)
        if self.saving is not None and self.together.is_first:
            self._save(self.saving)

    def _judged(self, *, trained: bool) -> Verdict | None:
        """The verdict of all processes on the model; how far they trust corrections too."""
        if self.judge is None:
            return None
        own = self.judge(self.model, trained=trained)
        verdict = self.together.told(lambda: own)
        self.together.same(self.model.buffers())
        return verdict

    def _save(self, saving: Saving) -> None:
        self.progress.seconds = self.clock.seconds
        checkpoint = Checkpoint(
            saving.fit,
            self.model.state_dict(),
            self.best,
            self.optimizer.state(),
            self.progress,
        )
        write_checkpoint(saving.path, checkpoint)

    def end(self) -> None:
        """Leave the model on the CPU with its best weights."""
        self.progress.seconds = self.clock.seconds
        self.model.load_state_dict(self.best)
        self.together.same(self.model.state_dict().values())
        self.model.to("cpu").eval()


def _copy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in state.items()}
