"""One watcher that tells several."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isthmus.training import Epoch, Tracker, Watcher

__all__ = ["Several"]


class Several:
    """Tells several watchers, each in turn; those that track of settings and results as well.

    Parameters
    ----------
    *watchers : Watcher

    Examples
    --------
    >>> from isthmus.tracking import MLflow, Several, TensorBoard
    >>> watcher = Several(TensorBoard("curves"), MLflow())  # doctest: +SKIP
    """

    def __init__(self, *watchers: Watcher):
        self.watchers = watchers

    def step(self, done: float, loss: float) -> None:
        """A fit goes on."""
        for watcher in self.watchers:
            watcher.step(done, loss)

    def epoch(self, epoch: Epoch) -> None:
        """An epoch has ended."""
        for watcher in self.watchers:
            watcher.epoch(epoch)

    def begin(self, settings: Mapping[str, Any]) -> None:
        """A fit begins."""
        for tracker in self._trackers():
            tracker.begin(settings)

    def end(self, *, failed: bool) -> None:
        """A fit has ended."""
        for tracker in self._trackers():
            tracker.end(failed=failed)

    def results(self, metrics: Mapping[str, Any], folder: Path) -> None:
        """A run is written."""
        for tracker in self._trackers():
            tracker.results(metrics, folder)

    def _trackers(self) -> list[Tracker]:
        return [watcher for watcher in self.watchers if isinstance(watcher, Tracker)]
