"""Labels of a few items of a run, learnt for all."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from isthmus.errors import BadInput
from isthmus.runs.folder import read_json
from isthmus.runs.items import Preparing, fitted_items, later_items
from isthmus.runs.job import rewrite_report
from isthmus.runs.labels_file import labels_of
from isthmus.runs.uses import Own, leave, with_codes, with_skipped, write_columns
from isthmus.uses.classes import FewLabelsClassifier
from isthmus.uses.fine_tuning import Tuning
from isthmus.uses.generation import border, straight
from isthmus.uses.values import FewLabelsRegressor

__all__ = ["classify_run"]

Floats = NDArray[np.floating]
Learner = FewLabelsClassifier | FewLabelsRegressor

# Items named whose labels would tell most.
ASKED = 10
# Members of each class that the report shows.
SHOWN = 8
# Borders between classes that it shows, and items on each side of one.
BORDERS, AROUND = 6, 3
# So that a class that nothing is told to be of has a middle.
LEAST = 1e-12


def classify_run(
    run: Path,
    labels: Path,
    *,
    numbers: bool = False,
    fine_tune: bool = False,
    data: str | None = None,
    table: str | None = None,
    out: Path | None = None,
    seed: int = 0,
    preparing: Preparing | None = None,
) -> dict[str, Any]:
    """Learn labels of a few items for all; write them, and draw the run's report anew.

    Parameters
    ----------
    run : Path
    labels : Path
        CSV or Parquet file with columns id and label; ids as in the run's codes.
    numbers : bool
        Whether labels are numbers to predict, not names of classes.
    fine_tune : bool
        Whether to try tuning the encoder too; the run's own stays as it is.
    data : str or None
        Other items to tell.
    table : str or None
        What lies beside these, where the run was fitted to pictures with a table.
    out : Path or None
        Parquet file for the answers: of the run's items, ``RUN/classes.parquet``, or of ``data``.
        Columns: id, told (the class or the value), of classes probability and the share of each;
        of the run's items also split, and given, the label that was given.
    seed : int
    preparing : callable or None

    Returns
    -------
    dict
        The record as in ``RUN/classes.json``, and what was ``skipped`` of ``data``.

    Raises
    ------
    BadInput
        If a label is of no item of the run, or an item has two.
    """
    folder, ae = with_codes(run)
    own = Own.of(folder)
    given = labels_of(labels, own.ids)
    fit = read_json(folder / "fit.json")
    fresh = None if data is None else later_items(data, fit, ae, preparing, table)
    tuning = Tuning(ae, _items_of(folder, preparing), seed) if fine_tune else None
    model = _learnt(own, given, tuning, numbers=numbers, seed=seed)
    columns = own.columns() | _told(model, model.own_answers())
    columns["given"] = pa.array(given.tolist(), pa.string())
    write_columns(out if out and fresh is None else folder / "classes.parquet", columns)
    if fresh is not None:
        names = pa.array(fresh.ids.tolist(), pa.string())
        codes = ae.transform(fresh.items).astype(own.codes.dtype)
        answers = model.answers(codes, fresh.items)
        write_columns(out or Path("classes.parquet"), {"id": names} | _told(model, answers))
    record = _record(model, own, given) | {"fine_tuned": _fine_tuned(model, tuning)}
    leave(folder, "classes", record)
    rewrite_report(run, preparing)
    return with_skipped(record, fresh)


def _items_of(folder: Path, preparing: Preparing | None) -> NDArray[Any]:
    """The items that a run's codes are of, in their order."""
    fitting = fitted_items(folder, preparing)
    parts = [part.items for part, _ in fitting.splits()]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _fine_tuned(model: Learner, tuning: Tuning | None) -> bool | None:
    """Whether a tuned encoder tells the labels better; None where none was tried."""
    return None if tuning is None else model.way_ == model.tuned_way.__name__


def _learnt(
    own: Own, given: NDArray[Any], tuning: Tuning | None, *, numbers: bool, seed: int
) -> Learner:
    if not numbers:
        classifier = FewLabelsClassifier(random_state=seed)
        classifier.fit_codes(own.codes, given, tuning=tuning)
        return classifier
    try:
        values = np.array([np.nan if label is None else float(label) for label in given])
    except ValueError as error:
        raise BadInput(
            f"a label is no number ({error}); leave out --numbers for classes."
        ) from None
    regressor = FewLabelsRegressor(random_state=seed)
    regressor.fit_codes(own.codes, values, tuning=tuning)
    return regressor


def _told(model: Learner, answers: Floats) -> dict[str, pa.Array]:
    """Answers as columns."""
    if isinstance(model, FewLabelsRegressor):
        return {"told": pa.array(answers[:, 0])}
    columns = {
        "told": pa.array(model.classes_[answers.argmax(1)].tolist(), pa.string()),
        "probability": pa.array(answers.max(1)),
    }
    return columns | {
        f"share {name}": pa.array(share)
        for name, share in zip(model.classes_, answers.T, strict=True)
    }


def _record(model: Learner, own: Own, given: NDArray[Any]) -> dict[str, Any]:
    numbers = isinstance(model, FewLabelsRegressor)
    following = [] if numbers else model.to_label_next(ASKED).tolist()
    return {
        "numbers": numbers,
        "n_items": len(given),
        "n_labelled": sum(label is not None for label in given),
        "judged": asdict(model.judged_),
        "error": model.error_ if numbers else None,
        "way": model.way_,
        "classes": [] if numbers else _classes(model, given),
        "next": {"places": following, "ids": own.ids[following].tolist()},
        "borders": [] if numbers else _borders(model, own.codes),
    }


def _classes(model: FewLabelsClassifier, given: NDArray[Any]) -> list[dict[str, Any]]:
    """Of each class how many labels were given, how many items are told to be of it, and some."""
    labelled = Counter(label for label in given.tolist() if label is not None)
    told = model.transduction_
    shares = model.label_distributions_
    found = []
    for i, name in enumerate(model.classes_.tolist()):
        members = np.flatnonzero(told == name)
        surest = members[np.argsort(-shares[members, i], kind="stable")]
        # What a label was given to is shown by the user already.
        fresh = [int(place) for place in surest if given[place] is None][:SHOWN]
        found.append(
            {
                "name": name,
                "given": labelled[name],
                "told": len(members),
                "surest": fresh,
                "unsure": [int(place) for place in surest[::-1][:SHOWN]],
            }
        )
    return found


def _borders(model: FewLabelsClassifier, codes: Floats) -> list[dict[str, Any]]:
    """Codes on the way from one class to the one nearest to it, their border in the middle."""
    shares, names = model.label_distributions_, model.classes_
    if len(names) < 2:
        return []
    middles = np.stack([np.average(codes, axis=0, weights=share + LEAST) for share in shares.T])
    apart = np.square(middles[:, None] - middles).sum(-1)
    np.fill_diagonal(apart, np.inf)
    pairs = {tuple(sorted((i, int(row.argmin())))) for i, row in enumerate(apart)}
    found = []
    for one, other in sorted(pairs, key=lambda pair: apart[pair])[:BORDERS]:
        ends = [codes[shares[:, i].argmax()].astype(np.float64) for i in (one, other)]

        def leaning(z: Floats, one: int = one, other: int = other) -> Floats:
            told = model.answers(z)
            return told[:, other] - told[:, one]

        middle = border(leaning, *ends)
        way = np.concatenate(
            [straight(ends[0], middle, 1 + AROUND), straight(middle, ends[1], 1 + AROUND)[1:]]
        )
        told = model.answers(way)[:, [one, other]]
        found.append(
            {
                "names": [str(names[one]), str(names[other])],
                "codes": way.tolist(),
                "shares": told.tolist(),
            }
        )
    return found
