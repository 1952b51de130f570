"""What a user hands to an estimator, as an array of items that fit it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from isthmus.data.checks import check_finite, check_pictures
from isthmus.errors import BadInput

__all__ = ["as_codes", "as_items"]

PRECISIONS = (np.float64, np.float32, np.uint8, np.uint16)


def as_items(estimator: Any, X: Any, *, reset: bool) -> NDArray[Any]:
    """X as items, shape (n, p), (n, H, W) or (n, H, W, C), without copying where it can.

    With ``reset`` the estimator learns ``n_features_in_``, ``item_shape_`` and column names; else X
    must fit what it learnt. Pictures may come flat once their shape is known.

    Raises
    ------
    BadInput
        If X has a wrong shape or type, too few items, or holds NaN or infinity.
    """
    if _depth(X) > 2:
        items = check_pictures(X)
        _check_pictures_fit(estimator, items, reset)
    else:
        items = validate_data(
            estimator,
            X,
            reset=reset,
            dtype=list(PRECISIONS),
            ensure_all_finite=False,
            ensure_min_samples=2 if reset else 1,
        )
        if not reset:
            items = items.reshape(-1, *estimator.item_shape_)
    if reset:
        estimator.item_shape_ = items.shape[1:]
    check_finite(items, getattr(estimator, "feature_names_in_", None))
    return items


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
