"""The data of a contest: one split, scaled once, the same for every rival."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.rows import Chunks
from isthmus.data.scaling import Scaling, fit_scaling
from isthmus.runs.items import Fitting, Preparing, fitting_items
from isthmus.runs.request import Request
from isthmus.uses.fingerprint import digest_of

__all__ = ["Split", "open_split"]


@dataclass(frozen=True)
class Split:
    """Items to train on and items to test on.

    Attributes
    ----------
    fitting : Fitting
    scaling : Scaling
        What makes a value of the user's a number that rivals see; fitted to the training items.
    """

    fitting: Fitting
    scaling: Scaling

    @property
    def item_shape(self) -> tuple[int, ...]:
        """Shape of one item."""
        return tuple(self.fitting.data.items.shape[1:])

    @property
    def n_features(self) -> int:
        """Numbers in one item."""
        return prod(self.item_shape)

    def describe(self) -> dict[str, Any]:
        """What the results say of the data, with a digest that tells them from others."""
        data, test = self.fitting.data, self.fitting.test
        described = {
            "name": data.name,
            "item_shape": list(self.item_shape),
            "n_train": self.fitting.n_train,
            "n_test": len(test),
            "unit": self.scaling.unit,
        }
        sizes = [self.fitting.n_train, data.items.shape]
        return {**described, "digest": digest_of(sizes, test.items)}

    def write(self, folder: Path) -> None:
        """Write ``train.npy`` and ``test.npy``, shape (n, *item_shape): bytes, or scaled float32.

        Bytes stay bytes, a quarter of the size; the worker divides them by 255.
        """
        data, test = self.fitting.data, self.fitting.test
        self._write(folder / "train.npy", Chunks(data.items, self.fitting.kept))
        self._write(folder / "test.npy", Chunks(test.items))

    def _write(self, path: Path, chunks: Chunks) -> None:
        bytes_stay = chunks.items.dtype == np.uint8
        dtype = np.uint8 if bytes_stay else np.float32
        shape = (chunks.n_items, *self.item_shape)
        rows = np.lib.format.open_memmap(path, "w+", dtype, shape)
        for start, piece in _numbered(chunks):
            stored = piece if bytes_stay else self.scaling.apply(piece.reshape(len(piece), -1))
            rows[start : start + len(piece)] = stored.reshape(piece.shape)
        rows.flush()


def _numbered(chunks: Chunks) -> Iterator[tuple[int, NDArray[Any]]]:
    start = 0
    for piece in chunks:
        yield start, piece
        start += len(piece)


def open_split(source: str, progress: Preparing | None = None) -> Split:
    """Open any data that ``isthmus fit`` takes: their own test part, or a held-out tenth.

    Raises
    ------
    NoData, BadInput, BadFile
        If they are not there or cannot be used.
    """
    request = Request(source)
    fitting = fitting_items(request, progress)
    items = fitting.data.items
    choice = request.autoencoder(fitting.data).scale
    return Split(fitting, fit_scaling(choice, items.dtype, Chunks(items, fitting.kept)))
