"""Whether an array can be used: refusals that say where the trouble is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.rows import Chunks
from isthmus.errors import BadInput

__all__ = ["check_finite", "check_pictures", "constant_columns"]

LARGEST_CHANNELS = 4


def check_pictures(X: Any) -> NDArray[Any]:
    """Pictures as an array of shape (n, H, W) or (n, H, W, C); raises `BadInput`."""
    try:
        pictures = np.asarray(X)
    except ValueError as error:
        raise BadInput(f"X cannot be one array of pictures: {error}") from None
    if pictures.ndim not in (3, 4):
        raise BadInput(
            f"X has shape {pictures.shape}; expected (n, p) numbers, (n, H, W) grey or "
            "(n, H, W, C) colour pictures."
        )
    if pictures.dtype.kind not in "buif":
        raise BadInput(f"X has type {pictures.dtype}; expected numbers.")
    if 0 in pictures.shape:
        raise BadInput(f"X has shape {pictures.shape}: there is nothing in it.")
    if pictures.ndim == 4 and pictures.shape[3] > LARGEST_CHANNELS:
        _, first, *_ = pictures.shape
        channels_first = first <= LARGEST_CHANNELS
        advice = (
            "channels come last here: use X.transpose(0, 2, 3, 1)"
            if channels_first
            else "reshape to (n, p) for anything but pictures of 1 to 4 channels"
        )
        raise BadInput(f"X has shape {pictures.shape}; expected (n, H, W, C): {advice}.")
    if pictures.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        pictures = pictures.astype(np.float64)
    return pictures


def check_finite(
    X: NDArray[Any], columns: Sequence[str] | None = None, *, gaps: bool = False
) -> None:
    """Raise `BadInput` for the first NaN or infinity, named by row and column.

    Parameters
    ----------
    X : ndarray, shape (n, *item)
    columns : sequence of str or None
        Names of the columns of a table.
    gaps : bool
        Whether NaN may be there, for a value that is missing.
    """
    if X.dtype.kind != "f":
        return
    first = 0
    for piece in Chunks(X):
        # A sum is finite unless something in it is not (or it overflows, which the search settles).
        with np.errstate(over="ignore", invalid="ignore"):
            total = piece.sum(dtype=np.float64)
        if not np.isfinite(total):
            bad = np.argwhere(np.isinf(piece) if gaps else ~np.isfinite(piece))
            if len(bad):
                raise BadInput(_where(X, first, bad, columns))
        first += len(piece)


def constant_columns(X: NDArray[Any]) -> NDArray[np.intp]:
    """Which values of an item are the same in all items, as flat indices."""
    low = high = next(iter(Chunks(X)))[0]
    for piece in Chunks(X):
        # Gaps (NaN) are passed over.
        low = np.fmin(low, np.fmin.reduce(piece, axis=0))
        high = np.fmax(high, np.fmax.reduce(piece, axis=0))
    return np.flatnonzero(low == high)


def _where(
    X: NDArray[Any], first: int, bad: NDArray[np.intp], columns: Sequence[str] | None
) -> str:
    row, *place = (int(i) for i in bad[0])
    value = X[(first + row, *place)]
    word = "NaN" if np.isnan(value) else "infinity"
    if len(place) > 1:
        where = f"pixel {tuple(place)}"
    else:
        where = f"column {columns[place[0]]!r}" if columns is not None else f"column {place[0]}"
    return (
        f"X contains {word} in row {first + row}, {where}; fill in or drop such values before "
        "fitting (for example with sklearn.impute.SimpleImputer)."
    )
