"""Where ``isthmus bench`` writes: ``bench.json`` and its plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isthmus.bench.contest import Results
from isthmus.bench.machine import machine
from isthmus.bench.pictures import draw
from isthmus.files import writing
from isthmus.runs.folder import read_json, write_json

__all__ = ["BenchFolder"]


@dataclass(frozen=True)
class BenchFolder:
    """The paths of one contest.

    Parameters
    ----------
    path : Path
        ``DIR`` of ``--out``.
    """

    path: Path

    @property
    def results(self) -> Path:
        """Versions, hardware and every single run."""
        return self.path / "bench.json"

    def read(self) -> Results:
        """What an earlier contest left, or nothing; raises `BadFile` where it is damaged."""
        return dict(read_json(self.results)) if self.results.exists() else {}

    def write(self, results: Results) -> None:
        """Write the results, whole or not at all."""
        write_json(self.results, {"machine": machine(), **results})

    def make(self) -> Path:
        """The folder, made if need be; raises `CannotWrite`."""
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        return self.path

    def draw(self, runs: Sequence[dict[str, Any]]) -> list[Path]:
        """Draw the plots; returns their paths."""
        return draw(runs, self.path / "seconds.svg", self.path / "size.svg")
