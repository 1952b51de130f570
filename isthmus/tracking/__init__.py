"""What keeps a fit's curves, settings and results outside of its run: TensorBoard and MLflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from isthmus.errors import unknown_name
from isthmus.tracking.mlflow import MLflow
from isthmus.tracking.several import Several
from isthmus.tracking.tensorboard import TensorBoard
from isthmus.tracking.tracker import KeepingTracker

__all__ = ["TRACKERS", "KeepingTracker", "MLflow", "Several", "TensorBoard", "trackers_of"]

#: The word of ``isthmus fit --track`` for each.
TRACKERS: Mapping[str, type[KeepingTracker]] = {
    tracker.name: tracker for tracker in (TensorBoard, MLflow)
}


def trackers_of(
    wishes: Iterable[str],
    out: Path,
    about: Mapping[str, Any],
    warn: Callable[[str], None] | None = None,
) -> list[KeepingTracker]:
    """The trackers of a run.

    Parameters
    ----------
    wishes : iterable of str
        Names, or ``NAME=WHERE``.
    out : Path
        The run's folder.
    about, warn
        See `KeepingTracker`.

    Raises
    ------
    BadSetting
        If there is no tracker of a name (the nearest one is suggested).
    MissingExtra
        If its library is not installed.
    """
    found = []
    for wish in wishes:
        name, _, where = wish.partition("=")
        if name not in TRACKERS:
            raise unknown_name("tracker", name, TRACKERS)
        found.append(TRACKERS[name].of_run(where or None, out, about, warn))
    return found
