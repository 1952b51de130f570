"""What all trackers share: when they are told what, and that a failure of theirs loses no fit."""

from __future__ import annotations

import json
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Self

from isthmus.training import Epoch

__all__ = ["KeepingTracker", "figures", "flat"]

#: Of ``metrics.json``: what is no result.
NO_RESULTS = ("data", "versions")
SCALARS = (bool, int, float, str)


class KeepingTracker(ABC):
    """A watcher that writes what it is told where it is kept.

    The first thing that cannot be written ends the telling with one warning, and the fit goes on.

    Parameters
    ----------
    about : mapping or None
        Further settings to keep beside the autoencoder's.
    warn : callable or None
        Takes that warning, one line; None gives it as a `UserWarning`.
    """

    name: ClassVar[str]

    def __init__(
        self, about: Mapping[str, Any] | None = None, warn: Callable[[str], None] | None = None
    ):
        self.settings: dict[str, Any] = {}
        self._about = dict(about or {})
        self._warn = warn or _warning
        self._open = self._failed = False

    @classmethod
    @abstractmethod
    def of_run(
        cls,
        where: str | None,
        out: Path,
        about: Mapping[str, Any],
        warn: Callable[[str], None] | None,
    ) -> Self:
        """The tracker of a run that will lie in ``out``; None is the usual place."""

    # ------------------------------------------------------------------ what a fit calls

    def begin(self, settings: Mapping[str, Any]) -> None:
        """A fit begins; nothing is written before its first epoch."""
        self.settings = flat({**self._about, **settings})
        self._open = self._failed = False

    def step(self, done: float, loss: float) -> None:  # noqa: B027 - nothing of it is kept
        """A fit goes on."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch has ended; the first one told is 0, or a later one of a fit that goes on."""
        numbers = {name: value for name, value in asdict(epoch).items() if value is not None}
        step = numbers.pop("epoch")
        # The step says it.
        del numbers["done"]
        self._try(lambda: self._log(numbers, step), step)

    def end(self, *, failed: bool) -> None:
        """A fit has ended."""
        if self._open:
            self._try(lambda: self._close(failed), None)

    def results(self, metrics: Mapping[str, Any], folder: Path) -> None:
        """A run is written: ``metrics.json`` and where it lies."""
        self._try(lambda: self._keep(figures(metrics), metrics["epochs"], folder), None)

    def _try(self, write: Callable[[], None], first: int | None) -> None:
        if self._failed:
            return
        try:
            if not self._open:
                self._begin(first)
                self._open = True
            write()
        except Exception as error:
            self._failed = True
            said = " ".join(str(error).split()) or type(error).__name__
            self._warn(f"{self.name} keeps nothing more: {said}; the fit goes on.")

    # ------------------------------------------------------------------ what a tracker does

    @abstractmethod
    def _begin(self, first: int | None) -> None:
        """Open what is written to, and write ``settings``.

        ``first`` is the first epoch that will be told: 0 begins anew, a later one goes on with what
        was kept of the same fit, and None, where no epoch is left, as well.
        """

    @abstractmethod
    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        """Write numbers of an epoch, or of the end."""

    @abstractmethod
    def _close(self, failed: bool) -> None:
        """Close it; `_keep` may come later."""

    @abstractmethod
    def _keep(self, numbers: Mapping[str, float], step: int, folder: Path) -> None:
        """Write the results of a run of so many epochs, after `_close`."""


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Settings without mappings in them: ``{"a": {"b": [1]}}`` is ``{"a.b": "[1]"}``.

    >>> flat({"network": {"name": "dense", "hidden": [16, 8]}, "seed": 0, "loss": None})
    {'network.name': 'dense', 'network.hidden': '[16, 8]', 'seed': 0, 'loss': 'None'}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{before}{key}."))
        elif isinstance(value, SCALARS):
            found[before + key] = value
        else:
            found[before + key] = "None" if value is None else json.dumps(value, default=str)
    return found


def figures(metrics: Mapping[str, Any]) -> dict[str, float]:
    """All numbers in ``metrics.json`` that are results, PCA's beside: ``test/pca_mse``.

    >>> figures({"epochs": 3, "test": {"mse": 0.1}, "by_code_size": [{"k": 8, "mse": 0.2}]})
    {'epochs': 3.0, 'test/mse': 0.1, 'by_code_size/8/mse': 0.2}
    """
    kept = {key: value for key, value in metrics.items() if key not in NO_RESULTS}
    return dict(_numbers(kept, ""))


def _numbers(values: Mapping[str, Any], before: str) -> Iterator[tuple[str, float]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{before}{key}/")
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, Mapping) and "k" in row:
                    rest = {name: number for name, number in row.items() if name != "k"}
                    yield from _numbers(rest, f"{before}{key}/{row['k']}/")
        elif isinstance(value, bool | int | float):
            yield before + key, float(value)


def _warning(text: str) -> None:
    warnings.warn(text, UserWarning, stacklevel=2)
