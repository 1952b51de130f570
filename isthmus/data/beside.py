"""A table of numbers beside pictures -> one data set of both, joined by the pictures' names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.dataset import Dataset, RowNumbers
from isthmus.data.frames import CSV_SUFFIXES, open_csv, open_parquet
from isthmus.data.images import image_suffixes
from isthmus.data.parts import Parts
from isthmus.data.table import TableEncoding
from isthmus.errors import BadInput, NoData

__all__ = ["numbers_alone", "open_numbers", "pictures_alone", "with_numbers"]

NONE = -1


def open_numbers(
    path: Path,
    *,
    id: str | None = None,
    label: str | None = None,
    table: TableEncoding | None = None,
) -> Dataset:
    """The table that lies beside pictures; the parameters are those of `isthmus.data.open_data`.

    Raises
    ------
    NoData
        If there is no such file.
    BadInput
        If it is no table, or one that cannot be used.
    """
    if not path.exists():
        raise NoData(f"there is no table {path}; give a .csv, .tsv or .parquet file.")
    is_csv = path.name.lower().endswith(CSV_SUFFIXES)
    return (open_csv if is_csv else open_parquet)(path, id=id, label=label, table=table)


def with_numbers(pictures: Dataset, numbers: Dataset) -> Dataset:
    """Pictures and the rows of a table that belong to them, as one data set.

    A row belongs to the picture that its id names: by its path in the folder or by its file name,
    with the suffix or without it. Without ids rows belong to pictures in order, where these have no
    names either. Pictures without a row and rows without a picture are items as well, the latter
    behind the others.

    Raises
    ------
    BadInput
        If no row has a picture, a row has two, or two rows have one name.
    """
    _check_pictures(pictures)
    row_of = _rows_by_name(numbers)
    parts = Parts(tuple(pictures.items.shape[1:]))
    rows = _rows_of(pictures, numbers, row_of)
    of_test = None if pictures.test is None else _rows_of(pictures.test, numbers, row_of)
    taken = np.concatenate([rows, rows[:0] if of_test is None else of_test])
    taken = taken[taken != NONE]
    if not len(taken):
        raise BadInput(
            f"no row of {numbers.name} belongs to a picture of {pictures.name}: the table's ids "
            f"are like {str(numbers.ids[0])!r}, the pictures like {str(pictures.ids[0])!r}. Name "
            "the column of file names with --id."
        )
    _refuse_twins(taken, numbers)
    left = np.setdiff1d(np.arange(len(numbers)), taken)
    joined = _joined(pictures, numbers, rows, parts)
    test = None
    if pictures.test is not None and of_test is not None:
        test = _joined(pictures.test, numbers, of_test, parts)
    if not len(left):
        return replace(joined, test=test)
    alone = numbers_alone(numbers.subset(left), parts)
    return replace(_behind(joined, alone), test=test)


def numbers_alone(numbers: Dataset, parts: Parts) -> Dataset:
    """Rows of a table as items whose picture is missing."""
    nothing = np.full((len(numbers), *parts.picture), np.nan, np.float32)
    rows = parts.join(nothing, numbers.items)
    return replace(numbers, items=rows, kind="images", parts=parts)


def pictures_alone(pictures: Dataset, parts: Parts, table: TableEncoding) -> Dataset:
    """Pictures as items whose numbers are all missing."""
    nothing = np.full((len(pictures), len(table.encoded)), np.nan)
    test = None if pictures.test is None else pictures_alone(pictures.test, parts, table)
    return replace(
        pictures,
        items=parts.join(pictures.items, nothing),
        columns=table.encoded,
        parts=parts,
        table=table,
        test=test,
    )


def _check_pictures(pictures: Dataset) -> None:
    if pictures.kind != "images" or pictures.items.ndim < 3 or pictures.spectrum is not None:
        raise BadInput(
            f"{pictures.name} holds no pictures, and a table goes beside pictures; fit the table "
            "itself, or give a folder of pictures."
        )


def _rows_by_name(numbers: Dataset) -> Mapping[str, int] | None:
    """The row of each id; None where the rows have none."""
    if isinstance(numbers.ids, RowNumbers):
        return None
    names = numbers.ids.tolist()
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise BadInput(f"{numbers.name} has two rows for {twice!r}; give each picture one.")
    # Pictures are often converted after they were measured, so suffixes differ.
    bare = {_bare(name): row for row, name in enumerate(names)}
    return bare | {name: row for row, name in enumerate(names)}


def _rows_of(
    pictures: Dataset, numbers: Dataset, row_of: Mapping[str, int] | None
) -> NDArray[np.intp]:
    """The table's row of each picture, `NONE` where there is none, shape (n,)."""
    if row_of is not None:
        return np.array([_row(str(name), row_of) for name in pictures.ids.tolist()], np.intp)
    if isinstance(pictures.ids, RowNumbers) and len(pictures) == len(numbers):
        return np.arange(len(pictures))
    raise BadInput(
        f"{numbers.name} has no column id or name; name the column of the pictures' names with "
        "--id. (Without names rows go by order, and then there must be as many of both.)"
    )


def _row(name: str, row_of: Mapping[str, int]) -> int:
    file = name.rpartition("/")[2]
    names = (name, _bare(name), file, _bare(file))
    return next((row_of[known] for known in names if known in row_of), NONE)


def _bare(name: str) -> str:
    """A name without its suffix, if that is one of pictures."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix.lower() in image_suffixes() else name


def _refuse_twins(taken: NDArray[np.intp], numbers: Dataset) -> None:
    which, counts = np.unique(taken, return_counts=True)
    if counts.max() > 1:
        name = str(numbers.ids[int(which[counts.argmax()])])
        raise BadInput(
            f"row {name!r} of {numbers.name} belongs to {counts.max()} pictures of the same name; "
            "let the table's ids have their folders."
        )


def _joined(pictures: Dataset, numbers: Dataset, rows: NDArray[np.intp], parts: Parts) -> Dataset:
    """Pictures with the numbers of these rows."""
    own = np.full((len(rows), numbers.items.shape[1]), np.nan)
    known = rows != NONE
    own[known] = numbers.items[rows[known]]
    labels = pictures.labels
    if labels is None and numbers.labels is not None:
        labels = np.where(known, numbers.labels[rows], "")
    lacking = int((~known).sum())
    note = f", {lacking} without numbers" if lacking else ""
    return replace(
        pictures,
        items=parts.join(pictures.items, own),
        labels=labels,
        columns=numbers.columns,
        source=f"{pictures.source}; with {numbers.source}{note}",
        table=numbers.table,
        parts=parts,
    )


def _behind(joined: Dataset, alone: Dataset) -> Dataset:
    """Items of both, those without pictures last."""
    rows = "row" if len(alone) == 1 else "rows"
    labels: NDArray[Any] | None = None
    if joined.labels is not None:
        own = np.full(len(alone), "") if alone.labels is None else alone.labels
        labels = np.concatenate([joined.labels, own])
    return replace(
        joined,
        items=np.concatenate([joined.items, alone.items]),
        ids=np.concatenate([np.asarray(joined.ids), np.asarray(alone.ids)]),
        labels=labels,
        source=f"{joined.source}, {len(alone)} {rows} without a picture",
    )
