"""Files that are dropped on the page: encoded, placed among the run's items, and scored."""

from __future__ import annotations

import shutil
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data import Dataset
from isthmus.data.cache import cache_folder
from isthmus.data.frames import CSV_SUFFIXES
from isthmus.errors import BadInput, IsthmusError
from isthmus.explorer.view import View
from isthmus.runs.items import later_items

__all__ = ["Dropped", "DroppedItem"]

Floats = NDArray[np.floating]

# Items of one file that are shown, and neighbours of each.
MOST_ITEMS, NEIGHBOURS = 12, 8
# Files that are kept to be shown; of an older one the pictures are gone.
KEPT = 32
TABLES = (*CSV_SUFFIXES, ".parquet", ".npy", ".npz", ".zip")
LONGEST_SUFFIX = 8


@dataclass(frozen=True)
class DroppedItem:
    """A new item.

    Attributes
    ----------
    item : ndarray, shape item_shape
    code : ndarray, shape (k,)
    place : ndarray, shape (2,)
    neighbours : ndarray of int, shape (m,)
        The run's items of the nearest codes, the nearest first.
    error : float
        Of rebuilding, as of the run's items.
    """

    item: NDArray[Any]
    code: Floats
    place: Floats
    neighbours: NDArray[np.intp]
    error: float


class Dropped:
    """The last files that were dropped, by a number each.

    Parameters
    ----------
    view : View
    """

    def __init__(self, view: View):
        self._view = view
        self._files: OrderedDict[int, list[DroppedItem]] = OrderedDict()
        self._numbers = count()

    def add(self, name: str, content: bytes) -> tuple[int, list[DroppedItem], int]:
        """Read a file.

        Returns
        -------
        number : int
        items : list of DroppedItem
            The first of the file.
        total : int
            How many the file holds.

        Raises
        ------
        BadInput, BadFile, BadSetting, MissingExtra
            If the file is not of the form of the run's data.
        """
        data = self._read(name, content)
        first = np.asarray(data.items[:MOST_ITEMS])
        if not self._view.ae.takes_gaps and first.dtype.kind == "f" and np.isnan(first).any():
            raise BadInput("a value is missing in this file, and the run was fitted without gaps.")
        number = next(self._numbers)
        self._files[number] = self._placed(first)
        while len(self._files) > KEPT:
            self._files.popitem(last=False)
        return number, self._files[number], len(data)

    def get(self, number: int, index: int) -> DroppedItem:
        """An item that was dropped; raises `BadInput` where it is no longer kept."""
        items = self._files.get(number, [])
        if not 0 <= index < len(items):
            raise BadInput("this file is no longer kept; drop it again.")
        return items[index]

    def score(self, number: int, index: int) -> dict[str, Any]:
        """How odd an item is, in nats, with its p-value; the detector is waited for."""
        detector = self._view.detector_job().result()
        items = self.get(number, index).item[None]
        scores = detector.score_samples(items)
        return {
            "score": float(-scores[0]),
            "p_value": float(detector.p_values_of(scores, items)[0]),
            "odd": bool(scores[0] < detector.offset_),
        }

    def _placed(self, items: NDArray[Any]) -> list[DroppedItem]:
        view = self._view
        codes = view.ae.transform(items).astype(np.float32)
        places, errors = view.plane.places_of(codes), -view.ae.score_samples(items)
        return [
            DroppedItem(item, code, place, _nearest(view.own.codes, code), float(error))
            for item, code, place, error in zip(items, codes, places, errors, strict=True)
        ]

    def _read(self, name: str, content: bytes) -> Dataset:
        suffix = _suffix(name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"dropped{suffix}"
            path.write_bytes(content)
            # A picture or a sound is opened as a folder of one.
            source = path if suffix in TABLES else Path(folder)
            try:
                data = later_items(str(source), dict(self._view.fit), self._view.ae, None)
            except IsthmusError as error:
                # Of where the file lies for a moment its sender knows nothing.
                text = str(error)
                for ours in (str(path), folder, path.name, Path(folder).name):
                    text = text.replace(ours, PurePosixPath(name).name)
                raise BadInput(text) from error
            return _in_memory(data)


def _suffix(name: str) -> str:
    lower = PurePosixPath(name.replace("\\", "/")).name.lower()
    known = next((suffix for suffix in TABLES if lower.endswith(suffix)), None)
    suffix = known or PurePosixPath(lower).suffix
    if len(suffix) > LONGEST_SUFFIX or not suffix.replace(".", "").isalnum():
        raise BadInput(f"{name[:80]!r} has no suffix that says what it is, such as .png or .csv.")
    return suffix


def _in_memory(data: Dataset) -> Dataset:
    """The items without the file that was prepared for them in the cache."""
    items = data.items
    if isinstance(items, np.memmap) and items.filename is not None:
        folder = Path(items.filename).parent
        data = data.subset(np.arange(min(len(data), MOST_ITEMS)))
        if cache_folder() in folder.parents:
            shutil.rmtree(folder, ignore_errors=True)
    return data


def _nearest(codes: Floats, code: Floats) -> NDArray[np.intp]:
    far = np.square(codes - code).sum(1)
    n = min(NEIGHBOURS, len(far))
    some = np.argpartition(far, n - 1)[:n]
    return some[np.argsort(far[some], kind="stable")]
