"""Texts that stay on disk: the ids of items of which there are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Words"]


class Words:
    """A column of texts, read like an array of str; a missing one is "".

    What it was made of may be memory-mapped, and stays so. As an array of str it would take four
    bytes for each character of the longest text, for every item.

    Parameters
    ----------
    column : pyarrow's chunked array of strings, shape (n,)
    """

    def __init__(self, column: pa.ChunkedArray):
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, which: Any) -> Any:
        """A str of an int, further words of a slice, an array of str of an array or a mask."""
        if isinstance(which, slice):
            start, stop, step = which.indices(len(self))
            if step == 1:
                return Words(self._column.slice(start, max(0, stop - start)))
            which = np.arange(start, stop, step)
        if isinstance(which, int | np.integer):
            return self._column[int(which)].as_py() or ""
        chosen = np.asarray(which)
        if chosen.dtype == bool:
            places = np.flatnonzero(chosen)
        else:
            places = chosen.astype(np.intp)
            places = np.where(places < 0, places + len(self), places)
        return np.asarray(Words(self._column.take(pa.array(places))))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.str_]:
        # Often few texts come many times: each is turned into NumPy's form once.
        coded = self._column.combine_chunks().dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        words = np.array(["", *coded.dictionary.to_pylist()], dtype=np.str_)
        which = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1
        return words[which].astype(dtype or np.str_, copy=False)

    def tolist(self) -> list[str]:
        return [word or "" for word in self._column.to_pylist()]
