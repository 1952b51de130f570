"""Where a fit stands: what a checkpoint remembers beside the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from isthmus.training.settings import Training

__all__ = ["Epoch", "Progress", "Tracker", "Watcher", "tracked"]

# A score of PCA itself is 1, but for rounding.
NO_BETTER = 1.0 - 1e-4


@dataclass(frozen=True)
class Epoch:
    """One line of a fit's history.

    Attributes
    ----------
    epoch : int
        1 for the first pass over the data; 0 is the model before training.
    seconds : float
        Since the fit began, interruptions left out.
    learning_rate : float
        At the end of the epoch.
    loss, held_out_loss : float or None
        The total loss (summed over features, averaged over items): over the epoch, and after it.
    held_out_mse : float or None
        Mean squared error per scaled value with the whole code.
    held_out_score : float or None
        What the best epoch is chosen by, see `Verdict.score`; None where it is infinite.
    done : float
        The share of the fit that is behind, 0..1.
    """

    epoch: int
    seconds: float
    learning_rate: float
    loss: float | None
    held_out_loss: float | None
    held_out_mse: float | None
    # Files of older versions lack these.
    held_out_score: float | None = None
    done: float = 0.0


class Watcher(Protocol):
    """Who wants to see a fit's progress.

    An exception that it raises ends the fit, of which nothing stays, and goes on to whoever called
    it.
    """

    def step(self, done: float, loss: float) -> None:
        """Called a few times a second: the share that is done (0..1) and the latest loss."""

    def epoch(self, epoch: Epoch) -> None:
        """Called after every epoch."""


@runtime_checkable
class Tracker(Watcher, Protocol):
    """A watcher that also wants to know what is fitted, and what came of it."""

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Called before a fit, with its settings."""

    def end(self, *, failed: bool) -> None:
        """Called after it; a fit that Ctrl-C ended did not fail."""

    def results(self, metrics: Mapping[str, Any], folder: Path) -> None:
        """Called after a run is written: what ``metrics.json`` holds, and the run's folder."""


@contextmanager
def tracked(watcher: Watcher | None, settings: Mapping[str, Any]) -> Iterator[None]:
    """Tell a watcher that is a tracker when a fit begins and ends."""
    if not isinstance(watcher, Tracker):
        yield
        return
    watcher.begin(settings)
    failed = True
    try:
        yield
        failed = False
    finally:
        watcher.end(failed=failed)


@dataclass
class Progress:
    """The state of the loop itself.

    Attributes
    ----------
    epoch : int
        Passes finished.
    seconds : float
        Time spent so far.
    best_score : float
        Smallest score so far; see `Verdict.score`.
    best_epoch : int
    stale, stale_since_reduction : int
        Epochs without a better score.
    rate_factor : float
        What learning-rate reductions have multiplied to.
    history : list of Epoch
    """

    epoch: int = 0
    seconds: float = 0.0
    best_score: float = math.inf
    best_epoch: int = 0
    stale: int = 0
    stale_since_reduction: int = 0
    rate_factor: float = 1.0
    history: list[Epoch] = field(default_factory=list)

    @property
    def is_at_start(self) -> bool:
        """Whether a fit from PCA, or from a normal distribution, has nothing better than that."""
        return self.best_epoch == 0 and self.best_score > NO_BETTER

    def to_dict(self) -> dict[str, Any]:
        """The state as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Progress:
        """The inverse of `to_dict`."""
        values = dict(values)
        values["history"] = [Epoch(**row) for row in values["history"]]
        return cls(**values)

    def note(self, score: float, settings: Training) -> bool:
        """Take a score in; whether it is the best so far."""
        if score < self.best_score:
            self.best_score, self.best_epoch = score, self.epoch
            self.stale = self.stale_since_reduction = 0
            return True
        self.stale += 1
        self.stale_since_reduction += 1
        patience = settings.reduce_patience
        if patience is not None and self.stale_since_reduction >= patience:
            self.rate_factor *= settings.reduce_factor
            self.stale_since_reduction = 0
        return False
