"""Curves for TensorBoard, in files of its own form."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Self

from isthmus.errors import MissingExtra
from isthmus.tracking.tracker import KeepingTracker

__all__ = ["TensorBoard"]

# Files are read in the order of their names.
_NUMBER = count()


class TensorBoard(KeepingTracker):
    """Keeps a fit's curves, settings and results for ``tensorboard --logdir FOLDER``.

    Parameters
    ----------
    folder : str or Path
        Of this fit; a fit that goes on continues its curves, another one takes their place.
    about, warn
        See `KeepingTracker`.

    Raises
    ------
    MissingExtra
        If TensorBoard is not installed.

    Examples
    --------
    >>> from isthmus import Autoencoder
    >>> from isthmus.tracking import TensorBoard
    >>> ae = Autoencoder(8).fit(X, watcher=TensorBoard("curves/first"))  # doctest: +SKIP
    """

    name: ClassVar[str] = "tensorboard"

    def __init__(
        self,
        folder: str | Path,
        *,
        about: Mapping[str, Any] | None = None,
        warn: Callable[[str], None] | None = None,
    ):
        super().__init__(about, warn)
        self.folder = Path(folder)
        self._events: _Events | None = None
        _require()

    @classmethod
    def of_run(
        cls,
        where: str | None,
        out: Path,
        about: Mapping[str, Any],
        warn: Callable[[str], None] | None,
    ) -> Self:
        """A folder of the run's name in ``where``, or in ``tensorboard`` beside the run."""
        folder = out.parent / "tensorboard" if where is None else Path(where).expanduser()
        return cls(folder / out.name, about=about, warn=warn)

    def _begin(self, first: int | None) -> None:
        from torch.utils.tensorboard.summary import hparams

        self._events = _Events(self.folder, first)
        experiment, session, self._ended = hparams(self.settings, {"held_out_mse": 0.0})
        self._events.write(experiment)
        self._events.write(session)

    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        from torch.utils.tensorboard.summary import scalar

        if self._events is None:
            self._events = _Events(self.folder, None)
        for name, number in numbers.items():
            self._events.write(scalar(name, number), step)
        self._events.flush()

    def _close(self, failed: bool) -> None:
        if self._events is None:
            return
        if not failed:
            self._events.write(self._ended)
        self._events.close()
        self._events = None

    def _keep(self, numbers: Mapping[str, float], step: int, folder: Path) -> None:
        self._log(numbers, step)
        self._close(failed=False)


class _Events:
    """A file of events.

    TensorBoard's own writer leaves the writing to a thread, which dies loudly where the disk is
    full, and after the next epoch; so the records are its own and the file is ours.

    Parameters
    ----------
    folder : Path
    first : int or None
        Readers forget what earlier files of the folder say of this step and of later ones.
    """

    def __init__(self, folder: Path, first: int | None):
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time():017.6f}.{socket.gethostname()}.{os.getpid()}.{next(_NUMBER)}"
        self._event = Event
        self._file = (folder / f"events.out.tfevents.{name}").open("xb")
        self._records = RecordWriter(self._file)
        self._add(file_version="brain.Event:2")
        if first is not None:
            self._add(step=first, session_log=SessionLog(status=SessionLog.START))

    def write(self, summary: Any, step: int = 0) -> None:
        """One event: a summary at a step."""
        self._add(summary=summary, step=step)

    def flush(self) -> None:
        """Let readers see what was written."""
        self._records.flush()

    def close(self) -> None:
        self._records.close()

    def _add(self, **what: Any) -> None:
        self._records.write(self._event(wall_time=time.time(), **what).SerializeToString())


def _require() -> None:
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError as error:
        raise MissingExtra('TensorBoard needs: pip install "isthmus[tensorboard]"') from error
