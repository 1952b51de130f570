"""From every single run to medians and spreads, a table and the time to a quality."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.bench.rivals import find_rival

__all__ = ["Group", "groups", "pca_by_size", "seconds_to", "spread", "table_rows"]

Run = Mapping[str, Any]
Head = tuple[str, ...]


def spread(values: Iterable[float]) -> dict[str, float]:
    """Mean, median, least and greatest."""
    values = list(values)
    return {
        "mean": statistics.mean(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }


@dataclass(frozen=True)
class Group:
    """The runs of one rival that differ in their seed alone.

    Attributes
    ----------
    rival : str
    n_components : int
    planned : float or None
        Seconds its fits were planned for, where it plans.
    runs : tuple of run
    """

    rival: str
    n_components: int
    planned: float | None
    runs: tuple[Run, ...]

    @property
    def last(self) -> list[dict[str, Any]]:
        """The last measurement of each run."""
        return [run["points"][-1] for run in self.runs]

    @property
    def complete(self) -> bool:
        """Whether no run was stopped before it had what was asked for."""
        return all(run["complete"] for run in self.runs)

    def errors(self) -> dict[str, float]:
        """Spread of the last test errors."""
        return spread(point["test_mse"] for point in self.last)

    def seconds(self) -> float:
        """Median of the seconds taken."""
        return statistics.median(point["seconds"] for point in self.last)

    def curve(self) -> list[tuple[float, float]]:
        """Medians of (seconds, test error) over the runs, at each measurement that all have."""
        together = zip(*(run["points"] for run in self.runs), strict=False)
        return [
            (
                statistics.median(point["seconds"] for point in points),
                statistics.median(point["test_mse"] for point in points),
            )
            for points in together
        ]

    def by_code_size(self) -> list[tuple[int, float]]:
        """Medians of the last test errors at each size that one fit serves."""
        if "by_code_size" not in self.last[0]:
            return [(self.n_components, self.errors()["median"])]
        rows = zip(*(point["by_code_size"] for point in self.last), strict=True)
        return [(row[0]["k"], statistics.median(cell["mse"] for cell in row)) for row in rows]


def groups(runs: Iterable[Run]) -> list[Group]:
    """Runs put together, in the order in which their rivals first came."""
    found: dict[tuple[str, int, float | None], list[Run]] = {}
    for run in runs:
        job = run["job"]
        planned = job["seconds"] if find_rival(job["rival"]).plans else None
        found.setdefault((job["rival"], job["n_components"], planned), []).append(run)
    return [Group(*key, tuple(members)) for key, members in found.items()]


def pca_by_size(runs: Iterable[Run]) -> dict[int, float]:
    """PCA's test error by code size, where PCA ran."""
    pca = [group for group in groups(runs) if group.rival == "pca"]
    return dict(pca[0].by_code_size()) if pca else {}


HEAD: Head = ("rival", "numbers", "epochs", "seconds", "test error", "seeds", "spread", "of PCA's")


def table_rows(runs: Sequence[Run]) -> tuple[Head, list[tuple[str, ...]]]:
    """The table of a contest as text: its head and a row a group.

    "stopped" says that a run had less than was asked for.
    """
    pca = pca_by_size(runs)
    return HEAD, [_row(group, pca) for group in groups(runs)]


def _row(group: Group, pca: Mapping[int, float]) -> tuple[str, ...]:
    mse = group.errors()
    epochs = [point["epochs"] for point in group.last if point["epochs"] is not None]
    rival_mse = pca.get(group.n_components)
    stopped = "" if group.complete else ", stopped"
    return (
        group.rival,
        str(group.n_components),
        f"{statistics.median(epochs):.3g}{stopped}" if epochs else "",
        f"{group.seconds():.1f}",
        f"{mse['median']:.5f}",
        str(len(group.runs)),
        f"{mse['min']:.5f} to {mse['max']:.5f}",
        f"{100 * mse['median'] / rival_mse:.0f} %" if rival_mse else "",
    )


def seconds_to(runs: Iterable[Run], target: float) -> float | None:
    """Median over seeds of the seconds until the test error was first at or below a target.

    A rival that plans is fitted for several times; each of its seeds counts the shortest that got
    there. None where half of the seeds or more never do.
    """
    by_seed: dict[int, float] = {}
    for run in runs:
        seed = run["job"]["seed"]
        there = [p["seconds"] for p in run["points"] if p["test_mse"] <= target]
        by_seed[seed] = min([by_seed.get(seed, math.inf), *there])
    median = statistics.median(by_seed.values()) if by_seed else math.inf
    return median if math.isfinite(median) else None
