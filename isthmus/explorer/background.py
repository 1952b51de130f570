"""What takes long: done once, in the background, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

__all__ = ["Background", "Job"]

#: Is told which share of the work is done, 0..1.
Told = Callable[[float], None]


class Job:
    """Some work under way.

    Attributes
    ----------
    share : float
        How much is done, 0..1.
    """

    def __init__(self) -> None:
        self.share = 0.0
        self._ended = Event()
        self._result: Any = None
        self._error: Exception | None = None

    @property
    def ended(self) -> bool:
        """Whether there is a result or an error."""
        return self._ended.is_set()

    def result(self) -> Any:
        """What came of it, waited for; raises what the work raised."""
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._result

    def tell(self, share: float) -> None:
        """The work goes on."""
        self.share = share

    def run(self, work: Callable[[Told], Any]) -> None:
        """Do the work and keep what comes of it."""
        try:
            self._result = work(self.tell)
        except Exception as error:
            self._error = error
        finally:
            self._ended.set()


class Background:
    """Jobs by their names, one after the other, so that the page has a core to itself."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._guard, self._turn = Lock(), Lock()

    def ask(self, name: str, work: Callable[[Told], Any], *, at_once: bool = False) -> Job:
        """The job of this name, begun if there is none yet; ``at_once`` waits for no other."""
        with self._guard:
            job = self._jobs.get(name)
            if job is None:
                job = self._jobs[name] = Job()
                # A daemon: closing the program does not wait for it.
                Thread(target=self._run, args=(job, work, at_once), daemon=True).start()
        return job

    def known(self, name: str) -> Any:
        """The result of a job that is done; None where it is not, or ended in an error."""
        job = self._jobs.get(name)
        if job is None or not job.ended:
            return None
        try:
            return job.result()
        except Exception:
            return None

    def _run(self, job: Job, work: Callable[[Told], Any], at_once: bool) -> None:
        if at_once:
            job.run(work)
            return
        with self._turn:
            job.run(work)
