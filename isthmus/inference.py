"""A trained model applied to items, a batch at a time, in the precision of the data."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.data.rows import Rows
from isthmus.data.scaling import Scaling
from isthmus.model import Model

__all__ = ["across", "decode", "pieces"]

Floats = NDArray[np.floating]

# Values in one batch: enough for full-speed products, little memory.
BATCH_VALUES = 2**20


def across(model: Model, rows: Rows, apply: Callable[[Model, Tensor], Tensor]) -> Floats:
    """``apply(model, batch)`` over all scaled items, joined.

    Float64 items go through in float64, all others in float32.
    """
    precision = np.float64 if rows.items.dtype == np.float64 else np.float32
    model = _in_precision(model, precision)
    with torch.no_grad():
        results = [
            apply(model, rows.batch(piece, precision)).numpy()
            for piece in pieces(len(rows), math.prod(rows.item_shape))
        ]
    rows.let_go()
    return np.concatenate(results)


def decode(model: Model, codes: Floats, size: int, scaling: Scaling, item_shape: Any) -> Floats:
    """Items of codes in the user's units, shape (n, *item_shape).

    Parameters
    ----------
    model : Model
    codes : ndarray, shape (n, n_components)
        Float32 or float64; decides the precision.
    size : int
        Numbers of each code that count.
    scaling : Scaling
    item_shape : tuple of int
    """
    model = _in_precision(model, codes.dtype.type)
    items = np.empty((len(codes), *item_shape), codes.dtype)
    flat = items.reshape(len(codes), math.prod(item_shape))
    with torch.no_grad():
        for piece in pieces(len(codes), flat.shape[1]):
            output = model.decode(torch.from_numpy(codes[piece]), size)
            flat[piece] = scaling.undo(output.flatten(1).numpy())
    return items


def pieces(n: int, n_features: int) -> Iterator[slice]:
    """Slices of n items that go through a model at once."""
    step = max(1, BATCH_VALUES // n_features)
    for start in range(0, n, step):
        yield slice(start, start + step)


def _in_precision(model: Model, precision: type[np.floating]) -> Model:
    return copy.deepcopy(model).double() if precision is np.float64 else model
