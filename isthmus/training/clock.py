"""The time that a fit has taken, and the wish to end it."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

import numpy as np

from isthmus.together import Together

__all__ = ["Clock"]

# Ctrl-C, and what a batch system sends before its time is up.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Clock(AbstractContextManager["Clock"]):
    """Seconds since a fit began.

    Several processes have to decide alike when time is up and what rate a step has, and have to end
    at the same step. So they go by the clock of the first, as of the last `tick`; and a signal to
    one of them ends all at the next.

    Parameters
    ----------
    begun : float
        When the fit began, by `time.monotonic`.
    together : Together

    Attributes
    ----------
    earlier : float
        Seconds before an interruption.
    """

    def __init__(self, begun: float, together: Together):
        self.begun = begun
        self.together = together
        self.earlier = 0.0
        self._told = 0.0
        self._stopped = False
        self._before: dict[int, Any] = {}

    @property
    def seconds(self) -> float:
        """Time spent, the part before an interruption included."""
        return self._own if self.together.count == 1 else self._told

    @property
    def _own(self) -> float:
        return self.earlier + time.monotonic() - self.begun

    def tick(self) -> None:
        """Agree on the time; raises `KeyboardInterrupt` in all processes when one is to stop."""
        if self.together.count == 1:
            return
        of_first = self._own if self.together.is_first else 0.0
        told = self.together.total(np.array([of_first, float(self._stopped)]))
        self._told = float(told[0])
        if told[1]:
            raise KeyboardInterrupt

    def __enter__(self) -> Clock:
        # Python allows handlers in the main thread alone.
        if self.together.count > 1 and threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._stop) for number in SIGNALS}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopped = True
