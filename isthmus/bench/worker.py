"""One fit of one rival, in a process of its own.

    python worker.py JOB.json

Needs nothing but NumPy, so that it runs with any interpreter: a rival's library may live in an
environment that has neither Isthmus nor PyTorch. `isthmus.bench.job` says what a job holds.

A rival is a file in ``rivals/`` with a function ``compete(task, judge)``. It trains as its library
does and calls ``judge(rebuild, epochs)`` after each epoch, and ``judge.step`` after each step. The
judge stops the clock, measures, writes what is known so far and, once it is enough, raises
`Enough`; so no rival needs a rule for when to stop.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

__all__ = ["Enough", "Judge", "Task", "main"]

Rows = NDArray[np.float32]
#: Rows to rows, or to a dict of them by code size where one fit serves several sizes.
Rebuild = Callable[[Rows], Union[NDArray[Any], "dict[int, NDArray[Any]]"]]

# Values in a piece of the test rows: rebuilding many at once would need memory, not time.
PIECE = 2**23
NOISE_SEED = 0


class Enough(Exception):
    """The epochs or seconds asked for are over. Not an error: it only ends the training."""


class Task:
    """What a rival is given.

    Attributes
    ----------
    train : ndarray of float32, shape (n, p)
        Scaled rows; of pictures, channels last and pixels 0..1.
    item_shape : tuple of int
        Shape of one item.
    n_components : int
        Length of the code.
    sizes : list of int
        Shorter codes that are measured where one fit serves them too, ``n_components`` the last.
    seed, threads : int
    epochs : int or None
        Passes to train at most; the judge counts them.
    seconds : float or None
        Time to train at most. Rivals that plan ahead plan for it.
    noise : float
        Deviation of the normal noise on what is seen; 0 for none.
    options : dict
        The rival's own settings.
    """

    def __init__(self, job: dict[str, Any]):
        self.item_shape = tuple(job["item_shape"])
        self.n_components: int = job["n_components"]
        self.sizes: list[int] = job["sizes"]
        self.seed: int = job["seed"]
        self.threads: int = job["threads"]
        self.epochs: int | None = job["epochs"]
        self.seconds: float | None = job["seconds"]
        self.noise: float = job["noise"]
        self.options: dict[str, Any] = job["options"]
        self.train = _rows(Path(job["data"]) / "train.npy")

    @property
    def n_features(self) -> int:
        """Numbers in one item."""
        return int(self.train.shape[1])

    def seen(self) -> Rows:
        """The training rows as a network sees them: with noise drawn once, if there is any."""
        return noisy(self.train, self.noise, self.seed + 1)

    def sibling(self, name: str) -> Any:
        """Another rival's file, as a module."""
        return _load(Path(__file__).parent / "rivals" / f"{name}.py")


def noisy(rows: Rows, deviation: float, seed: int) -> Rows:
    """Rows with normal noise; those that lie in 0..1 are kept there, as a camera would."""
    if deviation == 0:
        return rows
    noise = np.random.default_rng(seed).standard_normal(rows.shape, dtype=np.float32)
    seen = rows + np.float32(deviation) * noise
    in_unit = rows.min() >= 0 and rows.max() <= 1
    return seen.clip(0, 1) if in_unit else seen


class Judge:
    """Measures a rival on the test rows while its clock stands still.

    Parameters
    ----------
    job : dict
    """

    def __init__(self, job: dict[str, Any]):
        self._job = job
        self._test = _rows(Path(job["data"]) / "test.npy")
        self._seen = noisy(self._test, job["noise"], NOISE_SEED)
        self._seconds = 0.0
        self._begun = 0.0
        self.result: dict[str, Any] = {"complete": False, "points": [], "versions": {}}

    def start(self) -> None:
        """Let the clock run."""
        self._begun = time.perf_counter()

    def note(self, **facts: Any) -> None:
        """Keep facts about the fit, such as ``n_parameters``."""
        self.result.update(facts)

    def step(self, rebuild: Rebuild, epochs: float) -> None:
        """Measure only if the time is over: for the steps of epochs longer than that.

        Raises
        ------
        Enough
            If it is.
        """
        limit = self._job["seconds"]
        if limit is not None and self._seconds + time.perf_counter() - self._begun >= limit:
            self(rebuild, epochs)

    def __call__(self, rebuild: Rebuild, epochs: float | None = None) -> None:
        """Measure a rival as it stands.

        Parameters
        ----------
        rebuild : callable
            Rows (m, p) to rebuilt rows (m, p), or to a dict from code size to them.
        epochs : float or None
            Passes over the training rows so far, the begun one in part.

        Raises
        ------
        Enough
            If no more is asked for.
        """
        self._seconds += time.perf_counter() - self._begun
        errors = self._errors(rebuild)
        point: dict[str, Any] = {"seconds": self._seconds, "epochs": epochs}
        point["test_mse"] = errors[max(errors)]
        if len(errors) > 1:
            point["by_code_size"] = [{"k": k, "mse": errors[k]} for k in sorted(errors)]
        self.result["points"].append(point)
        self.write()
        if self._is_enough(epochs):
            raise Enough
        self.start()

    def write(self) -> None:
        """Write what is known so far, in one step."""
        path = Path(self._job["result"])
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(self.result), encoding="utf-8")
        os.replace(temporary, path)

    def _is_enough(self, epochs: float | None) -> bool:
        most, limit = self._job["epochs"], self._job["seconds"]
        over = limit is not None and self._seconds >= limit
        return over or (most is not None and epochs is not None and epochs >= most)

    def _errors(self, rebuild: Rebuild) -> dict[int, float]:
        """Mean squared error per value, by code size."""
        sums: dict[int, float] = {}
        step = max(1, PIECE // self._test.shape[1])
        for start in range(0, len(self._test), step):
            piece = slice(start, start + step)
            rebuilt = rebuild(self._seen[piece])
            if not isinstance(rebuilt, dict):
                rebuilt = {self._job["n_components"]: rebuilt}
            clean = self._test[piece].astype(np.float64)
            for k, rows in rebuilt.items():
                difference = np.asarray(rows, np.float64).reshape(clean.shape) - clean
                sums[k] = sums.get(k, 0.0) + float(np.square(difference).sum())
        return {k: total / self._test.size for k, total in sums.items()}


def _rows(path: Path) -> Rows:
    """Stored items as float32 rows; bytes become pixels of 0..1."""
    items = np.load(path)
    rows = items.reshape(len(items), -1).astype(np.float32, copy=False)
    if items.dtype == np.uint8:
        rows /= 255
    return rows


def _load(path: Path) -> Any:
    # By its path and under another name: rivals/keras.py itself imports keras.
    spec = importlib.util.spec_from_file_location(f"rival_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _versions(packages: list[str]) -> dict[str, str]:
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # as tensorflow, which tensorflow-cpu brings
            found[package] = getattr(sys.modules.get(package), "__version__", "unknown")
    return found


def main(path: str) -> None:
    """Do one job; its result is written as JSON to where the job says."""
    # This file's folder is no place to find modules in.
    here = str(Path(__file__).parent)
    sys.path[:] = [folder for folder in sys.path if folder != here]
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    judge = Judge(job)
    try:
        rival = _load(Path(job["script"]))
    except ImportError as error:
        judge.note(missing=str(error))
        judge.write()
        return
    if "torch" in sys.modules:
        # PyTorch imports this when the first optimiser is made, a second or two: imports are not
        # what is measured, and some libraries have imported it by now.
        importlib.import_module("torch._dynamo")
    judge.note(versions=_versions(job["packages"]))
    task = Task(job)
    try:
        judge.start()
        rival.compete(task, judge)
    except Enough:
        pass
    judge.note(complete=True)
    judge.write()


if __name__ == "__main__":
    main(sys.argv[1])
