"""What a user hands to an estimator, as an array of items that fit it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils.validation import validate_data

from isthmus.building import Slots
from isthmus.data.checks import check_finite, check_pictures
from isthmus.errors import BadInput

__all__ = ["as_codes", "as_damaged", "as_items", "with_gaps"]

PRECISIONS = (np.float64, np.float32, np.uint8, np.uint16)


def as_items(estimator: Any, X: Any, *, reset: bool, gaps: bool = False) -> NDArray[Any]:
    """X as items, shape (n, p), (n, H, W) or (n, H, W, C), without copying where it can.

    Rows of a sparse matrix stay sparse.

    With ``reset`` the estimator learns ``n_features_in_``, ``item_shape_`` and column names; else X
    must fit what it learnt. Pictures may come flat once their shape is known. ``gaps`` allows NaN
    for values that are missing.

    Raises
    ------
    BadInput
        If X has a wrong shape or type, too few items, or holds infinity, or NaN without ``gaps``.
    """
    if _depth(X) > 2:
        items = check_pictures(X)
        _check_pictures_fit(estimator, items, reset)
    else:
        items = validate_data(
            estimator,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype=list(PRECISIONS),
            ensure_all_finite=False,
            ensure_min_samples=2 if reset else 1,
        )
        if not reset and not issparse(items):
            items = items.reshape(-1, *estimator.item_shape_)
    if reset:
        estimator.item_shape_ = items.shape[1:]
    check_finite(items, getattr(estimator, "feature_names_in_", None), gaps=gaps)
    return items


def as_damaged(estimator: Any, X: Any, hidden: Any, slots: Slots) -> NDArray[Any]:
    """X as damaged items, what is hidden being NaN; without copying where it can.

    Returns
    -------
    ndarray, shape (n, p), (n, H, W) or (n, H, W, C)
        Of any height and width where there is no short code.

    Raises
    ------
    BadInput
        If X or ``hidden`` has a wrong shape, or X holds infinity, or NaN where nothing is flagged.
    """
    shape = estimator.item_shape_
    expected = slots.corruption.damaged_shape(shape)
    try:
        items = check_pictures(X) if len(shape) > 1 else np.asarray(X, dtype=_numbers(X))
    except (TypeError, ValueError) as error:
        raise BadInput(str(error)) from None
    came = items.shape[1:]
    same_kind = len(came) == len(expected) and came[2:] == expected[2:]
    if came != expected and (slots.code.short or not same_kind):
        any_size = "" if slots.code.short else ", of any height and width"
        raise BadInput(
            f"the damaged items have shape {came}; expected {expected}{any_size}, as this "
            "autoencoder was fitted to restore."
        )
    gaps = slots.corruption.gaps
    if hidden is not None:
        if not gaps:
            raise BadInput(
                f"hidden was given, and corruption {slots.corruption.name!r} flags nothing; leave "
                "hidden out, or fit with corruption='blocks' or 'cells'."
            )
        items = with_gaps(items, np.asarray(hidden))
    check_finite(items, getattr(estimator, "feature_names_in_", None), gaps=gaps)
    return items


def _numbers(X: Any) -> Any:
    """The type in which rows are taken: their own where it is a float, else float64."""
    dtype = getattr(X, "dtype", None)
    return dtype if dtype in PRECISIONS else np.float64


def with_gaps(items: NDArray[Any], hidden: NDArray[Any]) -> NDArray[Any]:
    """Items in floats, what is hidden being NaN.

    Parameters
    ----------
    items : ndarray, shape (n, *item)
    hidden : ndarray of bool
        The shape of ``items``, or (n, H, W) for pictures; raises `BadInput` for another.
    """
    if hidden.dtype != bool or hidden.shape not in (items.shape, items.shape[:3]):
        raise BadInput(
            f"hidden has shape {hidden.shape} and type {hidden.dtype}; expected booleans of shape "
            f"{items.shape}" + (f" or {items.shape[:3]}." if items.ndim == 4 else ".")
        )
    gappy = items.astype(np.float64 if items.dtype == np.float64 else np.float32)
    gappy[hidden] = np.nan
    return gappy


def as_codes(Z: Any, n_components: int, ordered: bool) -> NDArray[np.floating]:
    """Z as codes of full length, shorter ones filled with zeros; raises `BadInput`."""
    try:
        Z = np.asarray(Z)
        Z = Z if Z.dtype == np.float32 else Z.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"Z cannot be one array of codes (n, {n_components}): {error}.") from None
    if Z.ndim != 2 or not 1 <= Z.shape[1] <= n_components:
        raise BadInput(f"Z has shape {Z.shape}; expected (n, {n_components}).")
    if Z.shape[1] < n_components and not ordered:
        raise BadInput(
            f"Z has {Z.shape[1]} of {n_components} numbers, and these codes are not ordered; give "
            "all, or fit with code='ordered'."
        )
    codes = np.zeros((len(Z), n_components), Z.dtype)
    codes[:, : Z.shape[1]] = Z
    check_finite(codes)
    return codes


def _check_pictures_fit(estimator: Any, items: NDArray[Any], reset: bool) -> None:
    if reset:
        if len(items) < 2:
            raise BadInput(f"X has shape {items.shape}, n_samples=1; fit needs at least 2 items.")
        estimator.n_features_in_ = int(np.prod(items.shape[1:]))
        vars(estimator).pop("feature_names_in_", None)
    elif items.shape[1:] != estimator.item_shape_:
        raise BadInput(
            f"X has items of shape {items.shape[1:]}; this autoencoder was fitted to "
            f"{estimator.item_shape_}. Resize them first."
        )


def _depth(X: Any) -> int:
    """Number of axes of an array, or nesting of lists; data frames have 2."""
    if hasattr(X, "ndim"):
        return int(X.ndim)
    depth = 0
    while isinstance(X, list | tuple) and len(X):
        X, depth = X[0], depth + 1
    return depth + getattr(X, "ndim", 0)
