"""Runs on the hub: the model with what opens data for it, and no item of the data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isthmus.data.builtin import BUILTIN_SETS
from isthmus.data.fetched import fetched as copied
from isthmus.errors import BadFile, NoData
from isthmus.hub import fetched, is_on_hub, push
from isthmus.loading import load
from isthmus.runs.folder import RunFolder, read_json
from isthmus.runs.items import LEARNT
from isthmus.runs.request import Request

__all__ = ["found_run", "push_run"]

FIT = "fit.json"
#: Fields of a request that are places on one's own machine.
PLACES = ("data", "test", "table")


def push_run(
    out: Path,
    repository: str,
    *,
    private: bool = False,
    licence: str | None = None,
    data: str | None = None,
) -> str:
    """Put a run's model into a repository of the hub, with what later data are opened by.

    That is ``fit.json``: what was asked for and, of tables, the columns with their categories.
    Folders on this machine are left out of it and of the card.

    Parameters
    ----------
    out : Path
        ``RUN``, the run's folder.
    repository, private, licence
        See `isthmus.hub.push`.
    data : str or None
        What it was fitted to, in words, for the card; None says its name.

    Returns
    -------
    str
        ``"hub:user/name@commit"``.

    Raises
    ------
    NoData, CannotWrite, BadSetting, BadFile, MissingExtra
    """
    folder = RunFolder(out).require().path
    fit, metrics = read_json(folder / FIT), read_json(folder / "metrics.json")
    return push(
        load(folder),
        folder / "model",
        repository,
        private=private,
        licence=licence,
        data=data or _described(metrics["data"]["name"], fit["request"]),
        metrics=metrics,
        beside={FIT: json.dumps(_without_places(fit), indent=1).encode()},
    )


def found_run(run: Path | str) -> RunFolder:
    """A run's folder, or what was pushed of one to ``hub:user/name``, in the cache.

    A run at an address, such as ``s3://bucket/run``, is copied to the cache as well.

    Raises
    ------
    NoData
        If there is none, or the hub does not give it.
    BadFile
        If what was pushed cannot be used.
    """
    if not is_on_hub(run):
        return RunFolder(copied(run)).require()
    folder = fetched(run, FIT)
    if not (folder / FIT).is_file():
        raise NoData(
            f"{run} is a model without its run's {FIT}, which says how data are opened: use it in "
            "Python, isthmus.load, or push the run by isthmus push."
        )
    fit = read_json(folder / FIT)
    try:
        Request.from_dict(fit["request"])
        for name, kind in LEARNT.items():
            if fit.get(name) is not None:
                kind.from_dict(fit[name])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadFile(
            f"{FIT} of {run} is damaged or of a newer Isthmus: {type(error).__name__} {error}."
        ) from error
    return RunFolder(folder)


def _described(name: str, request: Mapping[str, Any]) -> str:
    """What a run was fitted to, without where it lies."""
    known = BUILTIN_SETS.get(request["data"])
    return f"{known.summary}; licence: {known.licence}" if known else name


def _without_places(fit: Mapping[str, Any]) -> dict[str, Any]:
    request = dict(fit["request"])
    for place in PLACES:
        if request[place] is not None:
            request[place] = Path(request[place]).name
    return {**fit, "request": request}
