"""Tables of who has what -> a sparse matrix of users by items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
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

INTERACTION_SETTINGS = frozenset({"user", "item", "rating", "user_items"})
"""What `open_interactions` takes."""

# Columns that are taken without being asked for, in any case and with or without "_".
_USERS = ("user", "userid", "customer", "customerid", "visitor", "visitorid")
_ITEMS = ("item", "itemid", "movie", "movieid", "product", "productid", "article", "title")
_RATINGS = ("rating", "stars")


def open_interactions(
    path: Path,
    *,
    user: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    user_items: UserItems | None = None,
) -> Dataset:
    """Open a .csv, .tsv or .parquet file with a line for each item that a user has.

    Every line counts, whatever its rating; of several for one item the last rating is the one.

    Parameters
    ----------
    path : the file.
    user, item : its columns; by default one named user or item, or of a like name.
    rating : the column of what users gave, above 0; by default one named rating, if there is one.
    user_items : how an earlier table became a matrix; other items are left out, and reported.

    Raises
    ------
    BadInput
        If there is no such column, a line has no user or no item, or the file cannot be read.
    BadSetting
        If ``user`` or ``item`` is no column.
    """
    frame = frame_of(read_table(path), path)
    columns = [str(name) for name in frame.columns]
    before = user_items.to_dict() if user_items else {}
    user = _column("user", user or before.get("user"), _USERS, columns)
    item = _column("item", item or before.get("item"), _ITEMS, columns)
    rating = _column("rating", rating or before.get("rating"), _RATINGS, columns)
    for what, found in (("user", user), ("item", item)):
        if found is None:
            raise BadInput(
                f"{path} has columns {', '.join(columns[:8])}, none of them named {what}; say "
                f"which it is with --{what}."
            )
    assert user is not None
    assert item is not None
    users, items = (_names(frame[column], column, path) for column in (user, item))
    given = None if rating is None else _numbers(frame[rating], rating, path)
    form = UserItems(user, item, rating, before.get("items", ()))
    return _dataset(path, users, items, given, form)


def open_pairs(path: Path) -> Dataset:
    """Open an .npz of pairs (user, item), each array shape (n, 2), all of them together."""
    with np.load(path, allow_pickle=False) as arrays:
        pairs = np.concatenate([arrays[name] for name in ("train", "valid", "test")])
    users, items = (pd.Series(column.astype(str)) for column in np.unique(pairs, axis=0).T)
    return _dataset(path, users, items, None, UserItems("user", "item", None, ()))


def open_rated(path: Path) -> Dataset:
    """Open MovieLens-100K as an .npz: who rated which film, items by their titles."""
    with np.load(path, allow_pickle=False) as arrays:
        users, films = arrays["user"].astype(str), arrays["item"] - 1
        given = arrays["rating"].astype(np.float32)
        titles = arrays["item_title"].astype(object)
    twice = Counter(titles.tolist())
    names = [f"{t} [{i + 1}]" if twice[t] > 1 else t for i, t in enumerate(titles.tolist())]
    chosen = pd.Series(np.array(names, object)[films])
    form = UserItems("user", "item", "rating", ())
    return _dataset(path, pd.Series(users), chosen, given, form)


def _column(
    what: str, asked: str | None, usual: Sequence[str], columns: Sequence[str]
) -> str | None:
    if asked is not None:
        if asked not in columns:
            raise unknown_name(f"{what} column", asked, columns)
        return asked
    plain = {name.lower().replace("_", "").replace(" ", ""): name for name in reversed(columns)}
    return next((plain[name] for name in usual if name in plain), None)


def _numbers(values: pd.Series[Any], column: str, path: Path) -> NDArray[np.float32]:
    """Ratings, all above 0; raises `BadInput`."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float32, na_value=np.nan)
    bad = np.flatnonzero(~(np.isfinite(numbers) & (numbers > 0)))
    if len(bad):
        raise BadInput(
            f"{path} has {len(bad)} ratings in column {column!r} that are no numbers above 0, the "
            f"first being {str(values.iloc[bad[0]])!r} in row {bad[0]}; add a constant to all, or "
            "name another column with --rating."
        )
    return numbers


def _names(values: pd.Series[Any], column: str, path: Path) -> pd.Series[Any]:
    names = pd.Series(column_as_text(values))
    empty = np.flatnonzero(names == "")
    if len(empty):
        raise BadInput(
            f"{path} has {len(empty)} lines without a value in column {column!r}, the first being "
            f"row {empty[0]}; fill in or remove them."
        )
    return names


def _dataset(
    path: Path,
    users: pd.Series[Any],
    items: pd.Series[Any],
    given: NDArray[np.float32] | None,
    form: UserItems,
) -> Dataset:
    """Users and items in the order in which they come, or the items known."""
    rows, ids = pd.factorize(users)
    skipped: tuple[Skipped, ...] = ()
    if form.items:
        columns = pd.Index(form.items).get_indexer(pd.Index(items))
        skipped = _unknown(items[columns < 0])
    else:
        columns, names = pd.factorize(items)
        form = replace(form, items=tuple(names.tolist()))
    pairs = pd.DataFrame({"row": rows, "column": columns, "given": 1.0 if given is None else given})
    pairs = pairs[columns >= 0].drop_duplicates(["row", "column"], keep="last")
    at, shape = (pairs["row"], pairs["column"]), (len(ids), len(form.items))
    has = csr_matrix((np.ones(len(pairs), np.float32), at), shape)
    values = pairs["given"].to_numpy(np.float32)
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
        ratings=None if given is None else csr_matrix((values, at), shape),
    )


def _unknown(items: pd.Series[Any]) -> tuple[Skipped, ...]:
    reason = "an item that was not there at the fit"
    return tuple(Skipped(name, reason) for name in pd.unique(items).tolist())
