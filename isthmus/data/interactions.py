"""Tables of who has what -> a sparse matrix of users by items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from isthmus.data.dataset import Dataset, Skipped, name_of
from isthmus.data.frames import column_as_text, frame_of, read_table
from isthmus.data.user_items import UserItems
from isthmus.errors import BadInput, unknown_name

__all__ = [
    "INTERACTION_SETTINGS",
    "open_interactions",
    "open_pairs",
    "open_rated",
]

INTERACTION_SETTINGS = frozenset({"user", "item", "known"})
"""What `open_interactions` takes."""

# Columns that are taken without being asked for, in any case and with or without "_".
_USERS = ("user", "userid", "customer", "customerid", "visitor", "visitorid")
_ITEMS = ("item", "itemid", "movie", "movieid", "product", "productid", "article", "title")


def open_interactions(
    path: Path,
    *,
    user: str | None = None,
    item: str | None = None,
    known: UserItems | None = None,
) -> Dataset:
    """Open a .csv, .tsv or .parquet file with a line for each item that a user has.

    Every line counts, however often it comes and whatever its other columns say.

    Parameters
    ----------
    path : the file.
    user, item : its columns; by default one named user or item, or of a like name.
    known : how an earlier table became a matrix; other items are left out, and reported.

    Raises
    ------
    BadInput
        If there is no such column, a line has no user or no item, or the file cannot be read.
    BadSetting
        If ``user`` or ``item`` is no column.
    """
    frame = frame_of(read_table(path), path)
    columns = [str(name) for name in frame.columns]
    user = _column("user", user or (known.user if known else None), _USERS, columns, path)
    item = _column("item", item or (known.item if known else None), _ITEMS, columns, path)
    users, items = (_names(frame[column], column, path) for column in (user, item))
    return _dataset(path, users, items, UserItems(user, item, known.items if known else ()))


def open_pairs(path: Path) -> Dataset:
    """Open an .npz of pairs (user, item), each array shape (n, 2), all of them together."""
    with np.load(path, allow_pickle=False) as arrays:
        pairs = np.concatenate([arrays[name] for name in ("train", "valid", "test")])
    users, items = (pd.Series(column.astype(str)) for column in np.unique(pairs, axis=0).T)
    return _dataset(path, users, items, UserItems("user", "item", ()))


def open_rated(path: Path) -> Dataset:
    """Open MovieLens-100K as an .npz: who rated which film, items by their titles."""
    with np.load(path, allow_pickle=False) as arrays:
        users, films = arrays["user"].astype(str), arrays["item"] - 1
        titles = arrays["item_title"].astype(object)
    twice = Counter(titles.tolist())
    names = [f"{t} [{i + 1}]" if twice[t] > 1 else t for i, t in enumerate(titles.tolist())]
    chosen = pd.Series(np.array(names, object)[films])
    return _dataset(path, pd.Series(users), chosen, UserItems("user", "item", ()))


def _column(
    what: str, asked: str | None, usual: Sequence[str], columns: Sequence[str], path: Path
) -> str:
    if asked is not None:
        if asked not in columns:
            raise unknown_name(f"{what} column", asked, columns)
        return asked
    plain = {name.lower().replace("_", "").replace(" ", ""): name for name in reversed(columns)}
    found = next((plain[name] for name in usual if name in plain), None)
    if found is None:
        raise BadInput(
            f"{path} has columns {', '.join(columns[:8])}, none of them named {what}; say which it "
            f"is with --{what}."
        )
    return found


def _names(values: pd.Series[Any], column: str, path: Path) -> pd.Series[Any]:
    names = pd.Series(column_as_text(values))
    empty = np.flatnonzero(names == "")
    if len(empty):
        raise BadInput(
            f"{path} has {len(empty)} lines without a value in column {column!r}, the first being "
            f"row {empty[0]}; fill in or remove them."
        )
    return names


def _dataset(path: Path, users: pd.Series[Any], items: pd.Series[Any], form: UserItems) -> Dataset:
    """Users and items in the order in which they come, or those known."""
    rows, ids = pd.factorize(users)
    if form.items:
        columns = pd.Index(form.items).get_indexer(pd.Index(items))
        known = columns >= 0
        skipped = _unknown(items[~known])
    else:
        columns, names = pd.factorize(items)
        known, skipped = np.ones(len(columns), bool), ()
        form = UserItems(form.user, form.item, tuple(names.tolist()))
    shape = (len(ids), len(form.items))
    has = csr_matrix((np.ones(int(known.sum()), np.float32), (rows[known], columns[known])), shape)
    has.data[:] = 1.0
    return Dataset(
        name=name_of(path),
        items=has,
        ids=np.asarray(ids, dtype=str),
        labels=None,
        kind="interactions",
        columns=form.items,
        test=None,
        skipped=skipped,
        source=f"{has.nnz} items of {len(ids)} users in {path}",
        user_items=form,
    )


def _unknown(items: pd.Series[Any]) -> tuple[Skipped, ...]:
    reason = "an item that was not there at the fit"
    return tuple(Skipped(name, reason) for name in pd.unique(items).tolist())
