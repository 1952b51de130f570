"""A run whose settings were searched.

::

    RUN.part/            a search under way
      study.log            its trials, which processes share
      study.log.processes/ a locked file for each process that is at it
    RUN.lock             there as long as RUN.part is; held by the process that writes the run
    RUN/                 a run as ``isthmus fit`` leaves it, and
      study.log tuning.json
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from isthmus.errors import IsthmusError, RunExists
from isthmus.files import holding, writing
from isthmus.runs.folder import RunFolder, read_json
from isthmus.runs.items import Fitting, Preparing, fitting_items
from isthmus.runs.job import fit_in, refuse_two_limits
from isthmus.runs.recommended import learnt_from
from isthmus.runs.request import Request
from isthmus.runs.uses import leave
from isthmus.settings import Interval
from isthmus.training import Watcher
from isthmus.uses.studies import (
    Keeper,
    forget_study,
    known_study,
    n_done,
    optuna,
    quiet,
    refuse_searched,
)
from isthmus.uses.tuning import Told, Tuning, refuse_launched, tune

__all__ = ["tune_run"]

STUDY = "study.log"
#: A file has one study; a database may have many, named after what they are of.
NAME = "isthmus"
# What a study keeps of its request.
REQUEST = "request"


def tune_run(
    request: Request,
    out: Path,
    n_trials: int = 40,
    *,
    storage: str | None = None,
    resume: bool = False,
    force: bool = False,
    told: Told | None = None,
    watcher: Watcher | None = None,
    preparing: Preparing | None = None,
) -> dict[str, Any]:
    """Search for settings, fit with the best ones, and write a run.

    Another process with the same request and ``out``, or the same ``storage``, joins the search.
    Test items are looked at when the best settings are fitted, and not before.

    Parameters
    ----------
    request : Request
        What is fitted; its epochs or minutes are those of each trial.
    out : Path
        ``RUN``, the run's folder.
    n_trials : int
        Trials that the study shall have.
    storage : str or None
        A file or the address of a database that keeps the study; None keeps it in the run.
    resume, force : bool
        Go on with a search, also of a finished run, or begin anew.
    told, watcher, preparing : callables or None
        Are told of trials, of the last fit, and of the preparation of data.

    Returns
    -------
    dict
        ``metrics`` as in ``metrics.json``, and ``tuning`` as in ``tuning.json``.

    Raises
    ------
    IsthmusError
        One clear line for everything a user can mend; ``RUN`` is then as it was.
    """
    Interval(int, 1).check("tune", "n_trials", n_trials)
    refuse_two_limits(request)
    refuse_launched()
    run, name = RunFolder(out), NAME if storage is None else request.run_name
    known = _to_go_on_with(run, storage, name) if resume else None
    before = 0 if known is None else n_done(known)
    if run.is_complete() and before >= n_trials:
        return _written(run)
    if known is not None:
        request = request.over(Request.from_dict(known.user_attrs.get(REQUEST, request.to_dict())))
    fitting = fitting_items(request, preparing)
    ae = request.autoencoder(fitting.data)
    items = learnt_from(fitting)[0] if request.recommends else fitting.data.items
    fresh, anew = not run.part.exists(), force and not resume
    if anew and storage is not None:
        refuse_searched(storage, name)
    _begin(run, resume=resume, force=force)
    if anew and storage is not None:
        forget_study(storage, name)
    where = storage or run.part / STUDY
    try:
        while _is_open(run):
            with quiet():
                found = tune(
                    items,
                    ae,
                    n_trials,
                    subset=None if request.recommends else fitting.kept,
                    storage=where,
                    name=name,
                    about={REQUEST: request.to_dict()},
                    told=told,
                )
            with holding(run.search_lock):
                # Others may have joined, or written the run.
                if run.part.exists() and not Keeper(where, found.study).others():
                    return _finish(run, request, fitting, found, watcher)
    except IsthmusError:
        now = known_study(where, name) if storage is None else None
        if fresh and (now is None or n_done(now) <= before):
            # What was refused leaves nothing; trials stay.
            shutil.rmtree(run.part, ignore_errors=True)
            run.search_lock.unlink(missing_ok=True)
        raise
    # Another process wrote it; asking for the lock made its file anew.
    run.search_lock.unlink(missing_ok=True)
    return _written(run)


def _to_go_on_with(run: RunFolder, storage: str | None, name: str) -> optuna.Study | None:
    """The study that lies there; None where nothing does."""
    own = run.part / STUDY
    found = known_study(storage or (own if own.exists() else run.path / STUDY), name)
    if found is None and run.path.exists():
        raise RunExists(
            f"{run.path} is there, and no search to go on with: --force replaces it, --out NAME "
            "writes elsewhere."
        )
    return found


def _begin(run: RunFolder, *, resume: bool, force: bool) -> None:
    """Make ``RUN.part`` ready for a search; raises `RunExists` where something else is there."""
    run.refuse_held(searched=force and not resume)  # a search may be joined, not replaced
    run.refuse_other()
    part, lock = run.part, run.search_lock
    if force and not resume:
        with writing(part):
            if part.exists():
                shutil.rmtree(part)
    elif part.exists() and not lock.exists():
        raise RunExists(
            f"an unfinished fit lies in {part}: isthmus fit --resume continues it, --force starts "
            "anew."
        )
    elif run.path.exists() and not part.exists() and not resume:
        raise RunExists(
            f"{run.path} exists: --resume goes on with its search, --force replaces it once the "
            "new run is whole, --out NAME writes elsewhere."
        )
    with writing(part):
        part.mkdir(parents=True, exist_ok=True)
        lock.touch()
        study = run.path / STUDY
        if resume and study.exists() and not (part / STUDY).exists():
            shutil.copy2(study, part / STUDY)


def _is_open(run: RunFolder) -> bool:
    """Whether there is still a search, once a process that writes the run has done so."""
    with holding(run.search_lock):
        return run.part.exists()


def _finish(
    run: RunFolder, request: Request, fitting: Fitting, found: Tuning, watcher: Watcher | None
) -> dict[str, Any]:
    """Fit with the best settings, and write the run."""
    record = found.record()
    # What a killed process left of such a fit may be one of other settings.
    run.checkpoint.unlink(missing_ok=True)
    leave(run.part, "tuning", record)
    chosen = replace(request, settings=_over(request.settings, found.settings))
    ae = chosen.autoencoder(fitting.data)
    metrics = fit_in(run, chosen, fitting, ae, watcher=watcher)
    run.search_lock.unlink(missing_ok=True)
    return {"metrics": metrics, "tuning": record}


def _over(settings: dict[str, Any], best: dict[str, Any]) -> dict[str, Any]:
    """Settings of a request with the best; a whole slot takes the place of what lies inside it."""
    kept = {name: value for name, value in settings.items() if name.split("__")[0] not in best}
    return kept | best


def _written(run: RunFolder) -> dict[str, Any]:
    """What a finished run holds."""
    return {name: read_json(run.path / f"{name}.json") for name in ("metrics", "tuning")}
