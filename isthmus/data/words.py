"""Texts that stay on disk: the ids of items of which there are many."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from isthmus.data.pages import SCATTERED, Pages

__all__ = ["Words"]

_T = TypeVar("_T")


class Words:
    """A column of texts, read like an array of str; a missing one is "".

    What it was made of may be memory-mapped, and stays so. As an array of str it would take four
    bytes for each character of the longest text, for every item.

    Parameters
    ----------
    column : pyarrow's chunked array of strings, shape (n,)
    pages : Pages or None
        Of the file that they are read from, where there is one.
    """

    def __init__(self, column: pa.ChunkedArray, pages: Pages | None = None):
        self._column = column
        self._pages = pages

    @staticmethod
    def mapped(path: Path) -> dict[str, Words]:
        """The columns of an Arrow file by their names; nothing is read before it is asked for.

        Raises
        ------
        OSError, ValueError, pyarrow.ArrowException
            If the file is missing, empty or damaged.
        """
        mapped = np.memmap(path, np.uint8, "r")
        table = pa.ipc.open_file(pa.py_buffer(mapped)).read_all()
        pages = Pages(mapped)
        return {name: Words(table[name], pages) for name in table.column_names}

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, which: Any) -> Any:
        """A str of an int, further words of a slice, an array of str of an array or a mask."""
        if isinstance(which, slice):
            start, stop, step = which.indices(len(self))
            if step == 1:
                return Words(self._column.slice(start, max(0, stop - start)), self._pages)
            which = np.arange(start, stop, step)
        if isinstance(which, int | np.integer):
            return self._column[int(which)].as_py() or ""
        chosen = np.asarray(which)
        places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        # One by one: pyarrow's take would first bring the whole column into memory.
        found: list[str] = []
        for start in range(0, len(places), SCATTERED):
            some = places[start : start + SCATTERED].tolist()
            found += self._read([self[place] for place in some])
        return np.array(found, np.str_)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.str_]:
        # Often few texts come many times: each is turned into NumPy's form once.
        coded = self._column.combine_chunks().dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        words = np.array(["", *coded.dictionary.to_pylist()], dtype=np.str_)
        which = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1
        return self._read(words[which].astype(dtype or np.str_, copy=False))

    def tolist(self) -> list[str]:
        return self._read([word or "" for word in self._column.to_pylist()])

    def _read(self, found: _T) -> _T:
        """What was found, the file's pages let go."""
        if self._pages is not None:
            self._pages.let_go()
        return found
