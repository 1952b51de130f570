"""What every form of data becomes: arrays, with a name for each item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from isthmus.data.pages import Pages
from isthmus.data.parts import Parts
from isthmus.data.spectra import Spectrum
from isthmus.data.table import TableEncoding
from isthmus.data.user_items import UserItems
from isthmus.data.words import Words
from isthmus.errors import BadInput

__all__ = ["Dataset", "Progress", "RowNumbers", "Skipped", "as_text", "name_of"]

Progress = Callable[[str, int, int], None]
"""Called as ``progress(stage, done, total)``, from the thread that opened the data."""


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    path: str
    reason: str


class RowNumbers:
    """The ids "0", "1", ... of items that have no names, written out where they are read.

    As an array of str they would take more memory than the codes of the items.

    Parameters
    ----------
    numbers : range
    """

    def __init__(self, numbers: range):
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, which: Any) -> Any:
        """A str of an int, further ids of a slice, an array of str of an array or a mask."""
        if isinstance(which, slice):
            return RowNumbers(self._numbers[which])
        if isinstance(which, int | np.integer):
            return str(self._numbers[which])
        return self._array()[which].astype(np.str_)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.str_]:
        return self._array().astype(dtype or np.str_)

    def _array(self) -> NDArray[np.intp]:
        return np.arange(self._numbers.start, self._numbers.stop, self._numbers.step)

    def tolist(self) -> list[str]:
        return [str(number) for number in self._numbers]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Items of one kind and one shape, with a name for each.

    Parameters
    ----------
    name : the built-in name, or the name of the file or folder without its suffix.
    items : array of shape (n, H, W) or (n, H, W, C) for images (uint8, uint16 or float,
        channels last), or (n, p) numbers for a table; it may be a read-only memory map. Pictures
        with numbers beside them are rows of both (`parts`), NaN where something is missing. Of
        interactions a sparse matrix (users, items), 0 where there is none.
    ids : array of str, shape (n,), the path of each file relative to its folder or the id column
        of a table, or users; or `RowNumbers`, "0", "1", ..., or `Words` on disk, which are read
        like one.
    labels : array of str, shape (n,), or None. A missing label is "".
    kind : "images", "table" or "interactions".
    columns : the p names of a table's columns, also of one that lies beside pictures, or of the
        items that users have; None for images.
    test : the official test split where there is one.
    skipped : the files that could not be read and were left out.
    source : one line: what it is, where it lay, its licence if known.
    table : how the columns of a CSV or Parquet file became numbers; None for anything else.
    ratings : sparse matrix (users, items) of what users gave to items, where the table says; 0 is
        none.
    spectrum : how sounds became pictures; None for anything else.
    parts : where the picture ends in rows of pictures with numbers; None for anything else.
    user_items : how a table of users and their items became a matrix; None for anything else.
    pictures : array of int, shape (n,), which picture each item was cut from; None where items are
        whole pictures.

    Raises
    ------
    BadInput
        If ids, labels or columns do not match the shape of the items.
    """

    name: str
    items: NDArray[Any]
    ids: NDArray[np.str_] | RowNumbers | Words
    labels: NDArray[np.str_] | None
    kind: str
    columns: tuple[str, ...] | None
    test: Dataset | None
    skipped: tuple[Skipped, ...]
    source: str
    table: TableEncoding | None = None
    pictures: NDArray[np.intp] | None = None
    spectrum: Spectrum | None = None
    user_items: UserItems | None = None
    ratings: csr_matrix | None = None
    parts: Parts | None = None

    def __post_init__(self) -> None:
        for what, values in (("ids", self.ids), ("labels", self.labels)):
            if values is not None and len(values) != len(self):
                raise BadInput(
                    f"{self.name}: {len(self)} items came with {len(values)} {what}; "
                    f"give one for each item."
                )
        n_columns = self.items.shape[-1] - (self.parts.n_pixels if self.parts else 0)
        if self.columns is not None and len(self.columns) != n_columns:
            raise BadInput(
                f"{self.name}: {n_columns} columns came with {len(self.columns)} names; "
                f"give one for each column."
            )

    def __len__(self) -> int:
        return int(self.items.shape[0])

    def __repr__(self) -> str:
        labels = "" if self.labels is None else f", {len(np.unique(self.labels))} labels"
        test = "" if self.test is None else f", test {len(self.test)}"
        return (
            f"<Dataset {self.name}: {self.kind} {self.items.shape} {self.items.dtype}"
            f"{labels}{test}>"
        )

    def subset(self, indices: ArrayLike) -> Dataset:
        """The chosen items, in the order asked for, in memory; the rest, also `test`, stays.

        Parameters
        ----------
        indices : array of int, or a mask of shape (n,).
        """
        chosen = np.asarray(indices)
        if chosen.size == 0:
            chosen = chosen.astype(np.intp)
        if chosen.dtype == bool:
            chosen = np.flatnonzero(chosen)
        return replace(
            self,
            items=Pages(self.items).picked(chosen),
            ids=self.ids[chosen],
            labels=None if self.labels is None else self.labels[chosen],
            pictures=None if self.pictures is None else self.pictures[chosen],
            ratings=None if self.ratings is None else self.ratings[chosen],
        )


def name_of(path: Path) -> str:
    """The name of a folder, or of a file without its suffix."""
    path = path.resolve()
    if path.is_dir():
        return path.name
    return Path(path.stem).stem if path.suffix == ".gz" else path.stem


def as_text(values: NDArray[Any]) -> NDArray[np.str_]:
    """Labels or ids as text, shape (n,): 3.0 is "3" among whole numbers, and NaN is ""."""
    if values.dtype.kind != "f":
        return values.astype(np.str_)
    present = ~np.isnan(values)
    if np.all(values[present] % 1 == 0):
        # A column of whole numbers with one gap arrives as floats.
        values = np.where(present, values, 0).astype(np.int64)
    return np.where(present, values.astype(np.str_), "")
