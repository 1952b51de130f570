"""What the points of the map can be coloured by: words, or numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from isthmus.errors import BadInput
from isthmus.explorer.background import Job
from isthmus.explorer.view import SPLITS, View
from isthmus.report.maps import LARGEST_CLASSES, Classes

__all__ = ["NONE", "Colouring", "Colourings", "Numbers", "Words", "words_of"]

#: The number of the word of an item that has none.
NONE = 2**16 - 1
# Words told apart in the legend; items of all others are of one.
MOST_WORDS = 2000
ENDS = (0.02, 0.98)


@dataclass(frozen=True)
class Words:
    """A word for each item.

    Attributes
    ----------
    names : tuple of str
        Those with a colour first, then the others, the commonest first.
    kinds : tuple of str
        The CSS class of each: a colour and the shape of a marker.
    of : ndarray of uint16, shape (n,)
        Index into ``names``, or `NONE`.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    of: NDArray[np.uint16]

    def legend(self) -> dict[str, Any]:
        """As JSON."""
        counts = np.bincount(self.of, minlength=NONE + 1)
        return {
            "kind": "words",
            "words": [
                {"name": name, "kind": kind, "n": int(n)}
                for name, kind, n in zip(self.names, self.kinds, counts, strict=False)
            ],
            "none": int(counts[NONE]),
        }


@dataclass(frozen=True)
class Numbers:
    """A number for each item, shape (n,), NaN where there is none."""

    of: NDArray[np.float32]

    def legend(self) -> dict[str, Any]:
        """As JSON: the ends of the ramp, which leave out the outermost items, and the gaps."""
        there = self.of[np.isfinite(self.of)]
        low, high = np.quantile(there, ENDS).tolist() if len(there) else (0.0, 0.0)
        return {"kind": "numbers", "low": low, "high": high, "none": len(self.of) - len(there)}


@dataclass(frozen=True)
class Colouring:
    """One thing to colour by.

    Attributes
    ----------
    key : str
        Its name in addresses.
    name : str
        Its name on the page.
    group : str
        What it is listed under.
    find : callable
        Gives the words or numbers, or the job under way that will.
    """

    key: str
    name: str
    group: str
    find: Callable[[], Words | Numbers | Job]


class Colourings:
    """All there is to colour by, the likeliest wish first.

    Parameters
    ----------
    view : View
    """

    def __init__(self, view: View):
        self._view = view
        self._known: dict[str, Words | Numbers] = {}

    def listed(self) -> list[Colouring]:
        """All of them; none is computed."""
        return list(_all(self._view))

    def find(self, key: str) -> Words | Numbers | Job:
        """The words or numbers of a key, or the job under way that finds them.

        Raises
        ------
        BadInput
            If there is nothing of this key; and what finding it does.
        """
        if key in self._known:
            return self._known[key]
        for colouring in _all(self._view):
            if colouring.key == key:
                found = colouring.find()
                # Labels are given while the page is open.
                if not isinstance(found, Job) and key != "given":
                    self._known[key] = found
                return found
        raise BadInput(f"there is nothing called {key!r} to colour by.")


def _all(view: View) -> Iterator[Colouring]:
    labels = view.own.labels
    if labels is not None:
        yield Colouring("label", "label", "items", lambda: words_of(labels.tolist()))
    yield Colouring("given", "labels you gave", "items", lambda: words_of(view.given.values))
    yield from _found(view.folder, view)
    yield Colouring("error", "error", "fit", lambda: _numbers(view.errors_job()))
    yield Colouring("score", "anomaly score", "fit", lambda: _numbers(view.scores_job()))
    yield Colouring("split", "fitted or held out", "fit", lambda: _splits(view))
    for i, name in enumerate(view.looks.names):
        yield Colouring(f"column-{i}", name, "columns", _column(view, i))


def _found(folder: Path, view: View) -> Iterator[Colouring]:
    """What ``isthmus cluster`` and ``isthmus classify`` left in the run."""
    for use, column, key, name in (
        ("clusters", "kind", "kind", "kind"),
        ("classes", "told", "told", "class told"),
    ):
        path = folder / f"{use}.parquet"
        if path.exists():
            yield Colouring(key, name, "items", _read(path, column, view))


def _read(path: Path, column: str, view: View) -> Callable[[], Words | Numbers]:
    def read() -> Words | Numbers:
        table = pq.read_table(path)
        if table["id"].to_pylist() != view.own.ids.tolist():
            raise BadInput(f"{path} is of other items than the run's codes; make it anew.")
        values = table[column].to_pylist()
        if column == "told" and values and isinstance(values[0], float):
            return Numbers(np.asarray(values, np.float32))
        return words_of([None if value is None else str(value) for value in values])

    return read


def _splits(view: View) -> Words:
    return words_of([SPLITS.get(split, split) for split in view.own.split.to_pylist()])


def _numbers(job: Job) -> Numbers | Job:
    return Numbers(job.result()) if job.ended else job


def _column(view: View, number: int) -> Callable[[], Words | Numbers | Job]:
    """A column of the user's table, by its number among `Looks.names`."""

    def find() -> Words | Numbers | Job:
        opening = view.opening()
        return _values(view, number) if opening.ended else opening

    return find


def _values(view: View, number: int) -> Words | Numbers:
    looks = view.looks
    first = looks.parts.n_pixels if looks.parts else 0
    if looks.table is None:
        return Numbers(_stacked(view, slice(first + number, first + number + 1))[:, 0])
    first += sum(len(column.encoded) for column in looks.table.columns[:number])
    column = looks.table.columns[number]
    values = _stacked(view, slice(first, first + len(column.encoded)))
    if column.levels is None:
        return Numbers(values[:, 0])
    gaps = np.isnan(values).any(1)
    levels = np.asarray(column.levels, object)[np.nan_to_num(values).argmax(1)]
    levels[gaps] = None
    return words_of(levels)


def _stacked(view: View, columns: slice) -> NDArray[np.float32]:
    return np.concatenate(
        [np.asarray(data.items[:, columns], np.float32) for data, _ in view.fitting.splits()]
    )


def words_of(values: Any) -> Words:
    """Words of items, None or empty where an item has none."""
    listed = [value or None for value in values]
    counts = Counter(value for value in listed if value is not None)
    common = [name for name, _ in counts.most_common()]
    coloured = sorted(common[:LARGEST_CLASSES], key=_order)
    names = [*coloured, *common[LARGEST_CLASSES:MOST_WORDS]]
    place = {name: i for i, name in enumerate(names)}
    classes = Classes(tuple(names), np.zeros(0, np.intp))
    kinds = [classes.kind(i) if i < len(coloured) else "c-rest s0" for i in range(len(names))]
    rest = len(common) - len(names)
    if rest > 0:
        names.append(f"{rest} others")
        kinds.append("c-rest s0")
    lookup: dict[str | None, int] = {**place, None: NONE}
    of = np.fromiter((lookup.get(value, len(names) - 1) for value in listed), np.uint16)
    return Words(tuple(names), tuple(kinds), of)


def _order(name: str) -> list[tuple[int, float, str]]:
    """Words by their letters, and the numbers in them by their size."""
    parts = re.split(r"(\d+)", name)
    return [(0, float(part), "") if part.isdecimal() else (1, 0.0, part) for part in parts]
