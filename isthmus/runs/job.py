"""The main job: data in, a run out."""

from __future__ import annotations

import csv
from contextlib import nullcontext
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch

from isthmus.autoencoder import Autoencoder
from isthmus.codes import Code, Quantised
from isthmus.data import Dataset
from isthmus.errors import BadSetting
from isthmus.files import replacing_file, writing
from isthmus.loading import load
from isthmus.model_files import save, versions
from isthmus.principal import PrincipalComponents
from isthmus.report import write_report
from isthmus.runs.codes_file import write_codes
from isthmus.runs.folder import RunFolder, read_json, write_json
from isthmus.runs.items import LEARNT, Fitting, Preparing, fitted_items, fitting_items
from isthmus.runs.recommended import judged_lists, judged_ratings, learnt_from
from isthmus.runs.recommender_files import read_recommender, save_predictor, save_recommender
from isthmus.runs.request import Request
from isthmus.runs.uses import found_in
from isthmus.together import ALONE, Together
from isthmus.training import Epoch, Saving, Tracker, Watcher
from isthmus.uses.choice import Choice, check_wish, choose
from isthmus.uses.evaluation import Evaluation, evaluate, rival_of
from isthmus.uses.fingerprint import fingerprint
from isthmus.uses.part_errors import part_errors
from isthmus.uses.ratings import RatingPredictor
from isthmus.uses.recommendation import Recommender

__all__ = ["choose_size", "fit_in", "fit_run", "refuse_two_limits", "rewrite_report"]


def fit_run(
    request: Request,
    out: Path,
    *,
    resume: bool = False,
    force: bool = False,
    watcher: Watcher | None = None,
    preparing: Preparing | None = None,
) -> dict[str, Any]:
    """Fit, test and write a run.

    Of several processes all fit, each with its share of the items, and the first does all the rest.

    Parameters
    ----------
    request : Request
    out : Path
        ``RUN``, the run's folder.
    resume, force : bool
        What to do with a run or an unfinished fit that is there already.
    watcher, preparing : callables or None
        Are told of the progress.

    Returns
    -------
    dict
        The metrics, as in ``metrics.json``.

    Raises
    ------
    IsthmusError
        One clear line for everything a user can mend; ``RUN`` is then as it was.
    """
    refuse_two_limits(request)
    run, together = RunFolder(out), Together.here()
    if resume and together.told(run.is_complete):
        return together.told(lambda: dict(read_json(run.path / "metrics.json")))
    if resume:
        request = request.over(together.told(lambda: _earlier_request(run, request)))
    fitting = _opened(request, preparing, together)
    ae = request.autoencoder(fitting.data)
    together.told(lambda: run.begin(resume=resume, force=force))
    with run.held() if together.is_first else nullcontext():
        return fit_in(run, request, fitting, ae, resume=resume, watcher=watcher, together=together)


def fit_in(
    run: RunFolder,
    request: Request,
    fitting: Fitting,
    ae: Autoencoder,
    *,
    resume: bool = False,
    watcher: Watcher | None = None,
    together: Together = ALONE,
) -> dict[str, Any]:
    """Fit an autoencoder in a run's ``RUN.part``, write everything and move it to its place.

    What uses left there before is shown by the report; see `fit_run` for the rest.
    """

    def begin() -> str:
        fit = fingerprint(ae, fitting.data.items)
        write_json(run.part / "fit.json", _fit_record(request, fitting.data, fit))
        return fit

    def finish() -> dict[str, Any]:
        metrics = _write_results(run.part, ae, fitting, request)
        run.finish(keep_checkpoint=ae.interrupted_)
        if isinstance(watcher, Tracker):
            watcher.results(metrics, run.path)
        return metrics

    saving = Saving(run.checkpoint, together.told(begin), resume)
    try:
        if request.recommends:
            ae.fit(learnt_from(fitting)[0], saving=saving, watcher=watcher)
        else:
            ae.fit(fitting.data.items, subset=fitting.kept, saving=saving, watcher=watcher)
    except Exception:
        if together.is_first:
            _remove_empty(run)
        raise
    return together.told(finish)


def _opened(request: Request, preparing: Preparing | None, together: Together) -> Fitting:
    """The items; pictures are prepared by the first process, and the others find them prepared."""
    own: list[Fitting] = []
    together.told(lambda: own.append(fitting_items(request, preparing)))
    return own[0] if own else fitting_items(request, None)


def refuse_two_limits(request: Request) -> None:
    """Raise `BadSetting` where a fit should end after some epochs and after some minutes."""
    if request.epochs is not None and request.minutes is not None:
        raise BadSetting("give --epochs or --minutes, not both.")


def rewrite_report(out: Path, preparing: Preparing | None = None) -> Path:
    """Draw the report of a finished run anew; returns its path."""
    run = RunFolder(out).require()
    request = _request_in(run.path)
    ae, metrics = load(run.path), read_json(run.path / "metrics.json")
    fitting = fitted_items(run.path, preparing)
    path = run.path / "report.html"
    uses, rival = found_in(run.path), None
    if request.recommends:
        uses["recommender"] = read_recommender(run.path, ae)
    else:
        rival = rival_of(ae, fitting.data.items, fitting.kept)
    write_report(path, ae, fitting.data, fitting.test, rival, metrics, uses=uses)
    return path


def choose_size(
    out: Path,
    *,
    psnr: float | None = None,
    keep: float | None = None,
    preparing: Preparing | None = None,
) -> Choice:
    """The smallest prefix of a run's code that reaches a quality on its test items.

    See `isthmus.uses.choice.choose`.
    """
    run = RunFolder(out).require()
    ae = load(run.path)
    check_wish(ae, psnr, keep)
    fitting = fitted_items(run.path, preparing)
    pca = ae.rival(fitting.data.items, fitting.kept)
    return choose(ae, fitting.test.items, psnr=psnr, keep=keep, pca=pca)


def _earlier_request(run: RunFolder, request: Request) -> Request:
    for folder in (run.part, run.path):
        if (folder / "fit.json").exists():
            return _request_in(folder)
    return request


def _request_in(folder: Path) -> Request:
    return Request.from_dict(read_json(folder / "fit.json")["request"])


def _fit_record(request: Request, data: Dataset, fit: str) -> dict[str, Any]:
    return {
        "request": request.to_dict(),
        "fingerprint": fit,
        "kind": data.kind,
        **{name: value.to_dict() if (value := getattr(data, name)) else None for name in LEARNT},
        "columns": list(data.columns) if data.columns and not data.user_items else None,
    }


def _remove_empty(run: RunFolder) -> None:
    """After a refusal nothing half-written stays; a checkpoint worth continuing does."""
    if not run.checkpoint.exists():
        for path in (run.part / "fit.json", run.lock):
            path.unlink(missing_ok=True)
        with writing(run.part):
            if not any(run.part.iterdir()):
                run.part.rmdir()


def _write_results(
    folder: Path, ae: Autoencoder, fitting: Fitting, request: Request
) -> dict[str, Any]:
    if request.recommends:
        return _write_recommender(folder, ae, fitting, request)
    rival = rival_of(ae, fitting.data.items, fitting.kept)
    evaluation = evaluate(ae, fitting.test.items, rival)
    judged = _errors(ae, evaluation)
    parts = fitting.data.parts
    if parts is not None and isinstance(rival, PrincipalComponents):
        judged["parts"] = part_errors(ae, parts, fitting.test.items, rival)
    metrics = _metrics(ae, fitting, request, judged)
    save(ae, folder / "model", metrics)
    _write_history(folder / "history.csv", ae.history_)
    # Rounded codes are thousands of numbers: files of a few hundred bytes hold them better.
    if ae.has_code and not isinstance(Code.resolve(ae.code), Quantised):
        write_codes(folder / "codes.parquet", ae, fitting.splits())
    report = folder / "report.html"
    uses = found_in(folder)
    write_report(report, ae, fitting.data, fitting.test, rival, metrics, uses=uses)
    write_json(folder / "metrics.json", metrics)
    return metrics


def _write_recommender(
    folder: Path, ae: Autoencoder, fitting: Fitting, request: Request
) -> dict[str, Any]:
    """The same where users are offered items: what is judged are lists."""
    recommender = Recommender.of(ae, *learnt_from(fitting))
    predictor = _predictor(ae, fitting)
    judged = {
        "test": {"mse": None, "pca_mse": None},
        "by_code_size": None,
        "lists": judged_lists(recommender, fitting),
        "ratings": predictor and judged_ratings(predictor, fitting),
    }
    metrics = _metrics(ae, fitting, request, judged)
    save(ae, folder / "model", metrics)
    save_recommender(folder, recommender)
    if predictor is not None:
        save_predictor(folder, predictor)
    _write_history(folder / "history.csv", ae.history_)
    write_codes(folder / "codes.parquet", ae, fitting.splits())
    uses = found_in(folder) | {"recommender": recommender}
    report = folder / "report.html"
    write_report(report, ae, fitting.data, fitting.test, None, metrics, uses=uses)
    write_json(folder / "metrics.json", metrics)
    return metrics


def _predictor(ae: Autoencoder, fitting: Fitting) -> RatingPredictor | None:
    """What predicts ratings, where there are any."""
    given = fitting.data.ratings
    if given is None:
        return None
    return RatingPredictor.of(ae, given if fitting.kept is None else given[fitting.kept[:]])


def _errors(ae: Autoencoder, evaluation: Evaluation) -> dict[str, Any]:
    return {
        "test": {
            "mse": evaluation.mse[-1],
            "pca_mse": evaluation.pca_mse[-1],
            "damaged_mse": evaluation.damaged_mse,
            "root": ae.scaling_.root(evaluation.mse[-1]),
        },
        "by_code_size": evaluation.by_code_size() if ae.ordered else None,
    }


def _metrics(
    ae: Autoencoder, fitting: Fitting, request: Request, judged: dict[str, Any]
) -> dict[str, Any]:
    data, test = fitting.data, fitting.test
    return {
        "preset": request.preset,
        "n_components": ae.n_components_ if ae.has_code else None,
        "n_parameters": ae.n_parameters_,
        "seconds": round(ae.seconds_, 3),
        "epochs": ae.n_iter_,
        "best_epoch": ae.best_epoch_,
        "interrupted": ae.interrupted_,
        "seed": ae.random_state,
        "unit": ae.scaling_.unit,
        "n_train": fitting.n_train,
        "n_test": len(test),
        **judged,
        "data": {
            "name": data.name,
            "kind": data.kind,
            "source": data.source,
            "item_shape": list(data.items.shape[1:]),
            "skipped": _skipped(data, test),
            "constant_columns": _constant(fitting),
        },
        "versions": versions(),
        "threads": torch.get_num_threads(),
    }


def _constant(fitting: Fitting) -> list[str]:
    """Names of a table's columns that never change; they are kept, and cost nothing."""
    columns, parts = fitting.data.columns, fitting.data.parts
    if columns is None or fitting.data.user_items:
        return []
    first = parts.n_pixels if parts else 0
    return [columns[i - first] for i in fitting.constant if i >= first]


def _skipped(*parts: Dataset) -> list[dict[str, str]]:
    """Files left out of any part, each once."""
    return [asdict(lost) for lost in dict.fromkeys(lost for part in parts for lost in part.skipped)]


def _write_history(path: Path, history: list[Epoch]) -> None:
    with replacing_file(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file)
        names = [field.name for field in fields(Epoch)]
        writer.writerow(names)
        for epoch in history:
            writer.writerow([getattr(epoch, name) for name in names])
