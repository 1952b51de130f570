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
from isthmus.networks.packed import packed

__all__ = ["across", "decode", "pieces"]

Floats = NDArray[np.floating]

# Values in one batch: enough for full-speed products, little memory.
BATCH_VALUES = 2**21
# Items from which on packing the model's weights takes less time than it saves.
WORTH_PACKING = 256


def across(model: Model, rows: Rows, apply: Callable[[Model, Tensor], Tensor]) -> Floats:
    """``apply(model, batch)`` over all scaled items, joined.

    Float64 items go through in float64, all others in float32.
    """
    precision = np.float64 if rows.items.dtype == np.float64 else np.float32
    model = _ready(model, precision, len(rows))
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
    model = _ready(model, codes.dtype.type, len(codes))
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


def _ready(model: Model, precision: type[np.floating], n: int) -> Model:
    """The model or a copy of it, for n items in a precision."""
    if precision is np.float64:
        return copy.deepcopy(model).double()
    return packed(model) if n >= WORTH_PACKING else model
