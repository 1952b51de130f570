"""Items in memory or on disk, read in batches and scaled as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import issparse
from torch import Tensor

from isthmus.data.indices import AllBut, Indices
from isthmus.data.pages import Pages
from isthmus.data.scaling import Scaling

__all__ = [
    "Chunks",
    "Rows",
    "dense",
    "drawn",
    "held_out",
    "held_out_split",
    "with_channels",
]

# Bytes of one chunk of a pass over the data: large enough for full-speed products.
CHUNK_BYTES = 32 * 2**20
LARGEST_HELD_OUT = 10_000


def dense(piece: Any) -> NDArray[Any]:
    """Some items with all of their zeros, where they lie in a sparse matrix."""
    return np.asarray(piece.toarray() if issparse(piece) else piece)


class Chunks:
    """The items of an array, a piece at a time; each iteration is a new pass.

    Those of a sparse matrix become whole rows a piece at a time, never all at once.
    """

    def __init__(self, items: NDArray[Any], indices: Indices | None = None):
        self.items = items
        self.indices = indices
        # Pieces are widened to float64 by their readers.
        self._step = max(1, CHUNK_BYTES // (8 * max(1, prod(items.shape[1:]))))

    @property
    def n_items(self) -> int:
        return self.items.shape[0] if self.indices is None else len(self.indices)

    def __len__(self) -> int:
        return -(-self.n_items // self._step)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        pages = Pages(self.items)
        for start in range(0, self.n_items, self._step):
            stop = min(start + self._step, self.n_items)
            which = slice(start, stop) if self.indices is None else self.indices[start:stop]
            piece = dense(self.items[which])
            yield piece
            pages.read(piece, in_order=self.indices is None)
        pages.let_go()


def with_channels(item_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of an item as networks see it: grey pictures have one channel."""
    return (*item_shape, 1) if len(item_shape) == 2 else item_shape


class Rows:
    """Items with their scaling.

    Parameters
    ----------
    items : ndarray, memmap or sparse matrix, shape (n, p), (n, H, W) or (n, H, W, C)
        In the user's units.
    scaling : Scaling
    """

    def __init__(self, items: NDArray[Any], scaling: Scaling):
        self.items = items
        self.scaling = scaling
        self.item_shape = with_channels(items.shape[1:])
        self._pages = Pages(items)

    def __len__(self) -> int:
        return int(self.items.shape[0])

    def batch(self, indices: Indices | slice, precision: type[np.floating] = np.float32) -> Tensor:
        """Scaled items, shape (m, *item_shape)."""
        if isinstance(indices, slice):
            some = dense(self.items[indices])
            self._pages.read(some, in_order=True)
        else:
            some = dense(self._pages.picked(np.asarray(indices)))
        scaled = self._scaled(some, precision)
        return torch.from_numpy(scaled.reshape(len(some), *self.item_shape))

    def let_go(self) -> None:
        """Let the pages of a mapped file go, once its items are read."""
        self._pages.let_go()

    def chunks(self, indices: Indices | None = None) -> Iterator[NDArray[np.floating]]:
        """Scaled items as flat rows, a piece at a time; float64 for float64 items, else float32."""
        precision = np.float64 if self.items.dtype == np.float64 else np.float32
        for piece in Chunks(self.items, indices):
            yield self._scaled(piece, precision)

    def _scaled(self, piece: NDArray[Any], dtype: type[np.floating]) -> NDArray[np.floating]:
        return self.scaling.apply(piece.reshape(len(piece), prod(self.item_shape)), dtype)


def held_out_split(
    n: int, share: float, seed: int, largest: int | None = LARGEST_HELD_OUT
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split ``range(n)`` at random into what is kept and what is held out, both sorted.

    Of very many see `held_out`.

    Parameters
    ----------
    share : float
        Share held out, in [0, 1); at least one item where it is not 0, never the last one.
    largest : int or None
        Most items to hold out: more would not make the estimate better, only slower.
    """
    held = held_out(n, share, seed, largest)
    return AllBut(n, held)[:], held


def held_out(
    n: int, share: float, seed: int, largest: int | None = LARGEST_HELD_OUT
) -> NDArray[np.intp]:
    """What `held_out_split` holds out; the others are ``AllBut(n, held)``."""
    n_held = 0 if share == 0 else min(max(1, round(n * share)), n - 1, largest or n)
    order = np.arange(n, dtype=np.int32 if n < 2**31 else np.int64)
    np.random.default_rng(seed).shuffle(order)
    return np.sort(order[:n_held]).astype(np.intp)


def drawn(n: int, most: int, seed: int) -> NDArray[np.intp]:
    """``most`` of ``range(n)`` at random, ascending; all where there are no more."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
