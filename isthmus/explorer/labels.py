"""Labels that are given on the page: kept in the run's folder, ready for ``isthmus classify``."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import BadInput, IsthmusError
from isthmus.files import replacing_file
from isthmus.runs.labels_file import labels_of

__all__ = ["GivenLabels", "Saved"]

LONGEST = 200


@dataclass(frozen=True)
class Saved:
    """How many items got a label, and how many could not, having the id of an earlier item."""

    n_saved: int
    n_twins: int


class GivenLabels:
    """The label of each item that has been given one.

    Parameters
    ----------
    path : Path
        CSV file with columns id and label.
    ids : ndarray of str, shape (n,)

    Attributes
    ----------
    values : ndarray of str or None, shape (n,)
    note : str
        Why a file that is there could not be read, or nothing.
    """

    def __init__(self, path: Path, ids: NDArray[np.str_]):
        self.path, self._ids, self.note = path, ids, ""
        self._lock = Lock()
        self.values = self._read()
        # An id may come again among items that were only tested; a line is of the first.
        first = np.zeros(len(ids), bool)
        first[np.unique(ids, return_index=True)[1]] = True
        self._first = first

    def save(self, which: NDArray[np.intp], label: str) -> Saved:
        """Give some items a label, or with an empty one take theirs away; written at once.

        Raises
        ------
        BadInput
            If the label could not be read back as it is, or no item can have one.
        CannotWrite
            If the file cannot be written; then nothing has changed.
        """
        label = _checked(label)
        chosen = which[self._first[which]]
        if not len(chosen):
            raise BadInput("no item here can be given a label: all have the id of a fitted item.")
        with self._lock:
            # Someone may have written the file since it was read.
            values = self._read()
            if self.note:
                raise BadInput(self.note)
            values[chosen] = label or None
            self._write(values)
            self.values = values
        return Saved(len(chosen), len(which) - len(chosen))

    def _read(self) -> NDArray[Any]:
        self.note = ""
        if self.path.exists():
            try:
                return labels_of(self.path, self._ids)
            except IsthmusError as error:
                # Labels that were all taken away leave a file that has none.
                if self.path.read_bytes().count(b"\n") > 1:
                    self.note = f"{error} Mend or remove the file to give labels here."
        return np.full(len(self._ids), None, object)

    def _write(self, values: NDArray[Any]) -> None:
        which = np.flatnonzero([value is not None for value in values])
        lines = [(str(self._ids[i]), values[i]) for i in which]
        self._check(lines, values)
        with replacing_file(self.path) as temporary:
            _write_lines(temporary, lines)

    def _check(self, lines: list[tuple[str, str]], values: NDArray[Any]) -> None:
        """Refuse what a table cannot hold, such as an id 007, before anything is changed."""
        if not lines:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "labels.csv"
            _write_lines(path, lines)
            try:
                same = (labels_of(path, self._ids) == values).all()
            except IsthmusError:
                same = False
        if not same:
            raise BadInput(
                "this label cannot be kept in a table beside these ids: it would be read back as "
                "something else. Choose another word."
            )


def _checked(label: str) -> str:
    label = label.strip()
    if len(label) > LONGEST or not (label.isprintable() or not label):
        raise BadInput(
            f"a label is one line of at most {LONGEST} letters; received {label[:40]!r}."
        )
    return label


def _write_lines(path: Path, lines: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "label"])
        writer.writerows(lines)
