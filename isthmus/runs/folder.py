"""Where a run lies, and what state it is in.

::

    RUN/                 a finished run, or one that Ctrl-C ended (then with its checkpoint)
      model/  fit.json  metrics.json  history.csv  codes.parquet  report.html
    RUN.part/            a fit under way
      fit.json  checkpoint.safetensors
      lock            held by the process that fits

A run is built in ``RUN.part`` and moved to ``RUN`` when it is whole, so that a crash leaves an
older run as it was.
"""

from __future__ import annotations

import json
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isthmus.addresses import exists, local_path
from isthmus.errors import BadFile, NoData, RunExists
from isthmus.files import holding, is_held, replacing_file, swap_folder, writing
from isthmus.hub import is_on_hub

__all__ = ["RunFolder", "is_run", "read_json", "refuse_existing", "write_json"]


@dataclass(frozen=True)
class RunFolder:
    """The paths of one run.

    Parameters
    ----------
    path : Path
        ``RUN``.
    """

    path: Path

    @property
    def part(self) -> Path:
        """Where the run is built."""
        return self.path.with_name(self.path.name + ".part")

    @property
    def checkpoint(self) -> Path:
        """The checkpoint of a fit under way."""
        return self.part / "checkpoint.safetensors"

    @property
    def lock(self) -> Path:
        """Held by the process that builds the run."""
        return self.part / "lock"

    def begin(self, *, resume: bool, force: bool) -> None:
        """Make ``RUN.part`` ready to build in.

        Raises
        ------
        RunExists
            If there is a run already and neither ``resume`` nor ``force`` says what to do, or
            another process builds one.
        """
        self.refuse_held()
        self.refuse_other()
        if force and not resume:
            with writing(self.part):
                if self.part.exists():
                    shutil.rmtree(self.part)
        elif not resume and self.part.exists():
            raise RunExists(
                f"an unfinished fit lies in {self.part}: --resume continues it, --force starts "
                "anew."
            )
        elif not resume and self.path.exists():
            raise RunExists(
                f"{self.path} exists: --force replaces it once the new run is whole, --out NAME "
                "writes elsewhere."
            )
        interrupted = self.path / self.checkpoint.name
        with writing(self.part):
            self.part.mkdir(parents=True, exist_ok=True)
            if resume and interrupted.exists() and not self.checkpoint.exists():
                shutil.copy2(self.path / "fit.json", self.part / "fit.json")
                shutil.copy2(interrupted, self.checkpoint)

    def held(self) -> AbstractContextManager[None]:
        """Keep other processes away from ``RUN.part``."""
        return holding(self.lock)

    @property
    def search_lock(self) -> Path:
        """There where a search is open; held by the process that fits what it found."""
        return self.path.with_name(f"{self.path.name}.lock")

    def refuse_held(self, *, searched: bool = True) -> None:
        """Raise `RunExists` where another process builds the run, or (``searched``) tunes it."""
        searching = (self.search_lock, *self.part.glob("*.processes/*")) if searched else ()
        if any(map(is_held, (self.lock, *searching))):
            raise RunExists(
                f"another process is at {self.part}: wait for it, or --out NAME writes elsewhere."
            )

    def refuse_other(self) -> None:
        """Raise `RunExists` where something lies at ``RUN`` that is no run."""
        if self.path.exists() and not is_run(self.path) and not _is_empty(self.path):
            raise RunExists(
                f"{self.path} exists and is no run, so no run will replace it; --out NAME writes "
                "elsewhere."
            )

    def is_complete(self) -> bool:
        """Whether there is a finished run and nothing to continue."""
        finished = (self.path / "metrics.json").exists()
        return finished and not (self.part.exists() or (self.path / self.checkpoint.name).exists())

    def finish(self, *, keep_checkpoint: bool) -> None:
        """Move the whole run to its place."""
        if not keep_checkpoint:
            self.checkpoint.unlink(missing_ok=True)
        self.lock.unlink(missing_ok=True)
        with writing(self.path):
            swap_folder(self.part, self.path)

    def require(self) -> RunFolder:
        """This folder, if it holds a run; raises `NoData` otherwise."""
        if is_on_hub(self.path):
            raise NoData(
                f"{self.path} is a model on the hub, without its run's items; encode, decode, "
                "restore, compress, decompress and export take it, this needs a run here."
            )
        if not is_run(self.path):
            hint = f" ({self.part} is unfinished: continue it with --resume)"
            raise NoData(
                f"{self.path} is no run{hint if self.part.exists() else ''}; make one with "
                "isthmus fit DATA --out RUN."
            )
        return self


def refuse_existing(out: Path | str, *, force: bool) -> None:
    """Raise `RunExists` where a result would replace what is there and ``force`` is not given.

    A run is replaced by another fit alone.
    """
    here = local_path(out)
    if here is not None and is_run(here):
        raise RunExists(f"{out} is a run, not to be replaced by this; --out NAME writes elsewhere.")
    if not force and exists(out):
        raise RunExists(f"{out} exists: --force replaces it, --out NAME writes elsewhere.")


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return (path / "fit.json").is_file()


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def write_json(path: Path, values: Any) -> None:
    """Write JSON, whole or not at all."""
    with replacing_file(path) as temporary:
        temporary.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON; raises `BadFile` where it is damaged and `NoData` where it is missing."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoData(f"{path} is missing; is its folder a run?") from None
    except (OSError, ValueError) as error:
        raise BadFile(f"{path} is damaged: {error}.") from None
