"""One fit of one rival: what is asked for, and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import isthmus
from isthmus.bench.rivals import find_rival
from isthmus.codes import code_sizes

__all__ = ["Failed", "Job", "Missing", "run_job"]

WORKER = Path(__file__).parent / "worker.py"
LOOK_EVERY = 1.0
#: Is told what is known of a fit so far, each time there is more.
Listener = Callable[[Mapping[str, Any]], None]


class Missing(Exception):
    """A rival's library is not installed in its interpreter; the message says which."""


class Failed(Exception):
    """A rival ended with an error of its own; the message is its last line."""


@dataclass(frozen=True)
class Job:
    """One fit.

    Attributes
    ----------
    rival : str
    n_components : int
    seed : int
    epochs : int or None
        Passes at most; None where the rival plans for the time.
    seconds : float or None
        Time at most, or the time planned for.
    noise : float
        Deviation of the normal noise on what is seen.
    threads : int
    """

    rival: str
    n_components: int
    seed: int
    epochs: int | None
    seconds: float | None
    noise: float
    threads: int

    def to_dict(self) -> dict[str, Any]:
        """The job as the results keep it."""
        return dict(vars(self))

    def is_like(self, run: Mapping[str, Any]) -> bool:
        """Whether a run is of this job, however many epochs were asked for."""
        return {**run["job"], "epochs": self.epochs} == self.to_dict()

    def is_served_by(self, run: Mapping[str, Any]) -> bool:
        """Whether a run of an earlier contest is what is asked for here.

        A run that was stopped serves if it got as far as is asked for now.
        """
        if not self.is_like(run) or not run["points"]:
            return False
        if self.epochs is None:
            return bool(run["complete"])
        got_there = (run["points"][-1]["epochs"] or 0) >= self.epochs
        return got_there or (run["complete"] and run["job"]["epochs"] == self.epochs)

    def message(self, data: Path, result: Path, item_shape: tuple[int, ...]) -> dict[str, Any]:
        """The job as the worker reads it."""
        rival = find_rival(self.rival)
        sizes = code_sizes(self.n_components) if rival.one_fit else (self.n_components,)
        return {
            **self.to_dict(),
            "script": str(rival.script),
            "packages": list(rival.packages),
            "options": rival.options_for(self.n_components, prod(item_shape)),
            "sizes": list(sizes),
            "item_shape": list(item_shape),
            "data": str(data),
            "result": str(result),
        }


def run_job(
    job: Job, item_shape: tuple[int, ...], data: Path, python: str, listener: Listener
) -> None:
    """Do a job in a process of its own.

    Parameters
    ----------
    job : Job
    item_shape : tuple of int
    data : Path
        Folder with ``train.npy`` and ``test.npy``; the job's own files are written there too.
    python : str
        The interpreter.
    listener : callable
        Is told after every measurement; the last time ``complete`` is true.

    Raises
    ------
    Missing
        If the rival's library is not installed there.
    Failed
        If it ended with an error.
    """
    message, result = data / "job.json", data / "result.json"
    result.unlink(missing_ok=True)
    message.write_text(json.dumps(job.message(data, result, item_shape)), encoding="utf-8")
    with (data / "log").open("w+", encoding="utf-8", errors="replace") as log:
        command = [python, str(WORKER), str(message)]
        environment = _environment(job.threads, python)
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            found = _follow(process, result, listener)
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        lines = [line.strip() for line in log if line.strip()]
    if "missing" in found:
        raise Missing(found["missing"])
    if process.returncode != 0:
        raise Failed(lines[-1] if lines else f"exit code {process.returncode}")


def _follow(process: subprocess.Popen[bytes], result: Path, listener: Listener) -> dict[str, Any]:
    """Tell the listener whenever there is more, until the process ends."""
    found: dict[str, Any] = {}
    ended = False
    while not ended:
        try:
            process.wait(LOOK_EVERY)
            ended = True
        except subprocess.TimeoutExpired:
            pass
        if result.exists():
            newer = json.loads(result.read_text(encoding="utf-8"))
            if newer != found and newer["points"]:
                listener(newer)
            found = newer
    return found


def _environment(threads: int, python: str) -> dict[str, str]:
    """The same number of threads and no GPU for every library, and this Isthmus for its own."""
    environment = {
        **os.environ,
        **{f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "MKL", "OPENBLAS")},
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    # What another interpreter would find there was built for this one.
    earlier = environment.pop("PYTHONPATH", "")
    if python == sys.executable:
        home = str(Path(isthmus.__file__).parent.parent)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [home, earlier]))
    return environment
