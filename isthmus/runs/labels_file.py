"""Labels that a user wrote down: a table of ids and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.frames import ids_and_labels
from isthmus.errors import BadInput, NoData

__all__ = ["labels_of"]

# Names told as examples.
NAMED = 3


def labels_of(path: Path, ids: NDArray[np.str_]) -> NDArray[Any]:
    """The label of each item as text, shape (n,), None where the table has none.

    Parameters
    ----------
    path : Path
        CSV or Parquet file with columns id and label; an empty label is none.
    ids : ndarray of str, shape (n,)

    Raises
    ------
    NoData, BadInput
        If the file is missing, lacks a column or any label, names an item that is not there, or
        gives one item two labels.
    """
    if not path.is_file():
        raise NoData(f"no file {path}; expected a table with columns id and label.")
    named, labels = ids_and_labels(path)
    # An id may come again among items that were only tested: the first is that of the fit.
    places = {name: place for place, name in reversed(list(enumerate(ids.tolist())))}
    strange = [name for name in named.tolist() if name not in places]
    if strange:
        raise BadInput(
            f"{path}: {len(strange)} of {len(named)} ids are of no item of the run, such as "
            f"{_some(strange)}; its ids are like {_some(ids[:NAMED].tolist())}."
        )
    given = np.full(len(ids), None, object)
    for name, label in zip(named.tolist(), labels.tolist(), strict=True):
        place = places[name]
        if given[place] not in (None, label):
            raise BadInput(f"{path} gives {name!r} two labels, {given[place]!r} and {label!r}.")
        given[place] = label or None
    if all(label is None for label in given):
        raise BadInput(f"{path} has {len(named)} lines and no label; at least one is needed.")
    return given


def _some(names: list[str]) -> str:
    return ", ".join(map(repr, names[:NAMED]))
