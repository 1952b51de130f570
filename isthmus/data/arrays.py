"""NumPy's .npy and .npz files -> a data set."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.dataset import Dataset, RowNumbers, as_text, name_of
from isthmus.errors import BadFile, BadInput, NoData

__all__ = ["dataset_from_array", "open_npy", "open_npz", "read_array"]

# Names of arrays that are tried in turn.
_ITEMS = ("images", "X", "x", "data", "counts")
_LABELS = ("y", "label", "labels", "target")
_LABEL_NAMES = ("class_names", "label_names", "target_names")
_IDS = ("id", "ids", "file_name")


def open_npy(path: Path) -> Dataset:
    """Open an .npy file, memory-mapped.

    Raises
    ------
    BadInput
        If the array holds no numbers, or is no table and no images.
    BadFile
        If the file is damaged.
    """
    return dataset_from_array(read_array(path), path, source=f"array in {path}")


def read_array(path: Path) -> NDArray[Any]:
    """The array of an .npy file, memory-mapped.

    Raises
    ------
    BadFile
        If the file is none or damaged.
    NoData
        If there is no such file.
    """
    if not path.is_file():
        raise NoData(f"there is no file {path}.")
    with path.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise BadFile(f"{path} is no .npy file; write it with numpy.save.")
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _unreadable(path, error) from error
    return array


def open_npz(path: Path) -> Dataset:
    """Open an .npz file.

    Read are ``x_train``, ``y_train``, ``x_test`` and ``y_test``, as Keras writes them; or items
    (``images``, ``X``, ``x``, ``data``, ``counts``, or the only array) with their labels (``y``,
    ``label``, ``labels`` or ``target``; their names in ``class_names``), ids (``id``, ``ids`` or
    ``file_name``) and a boolean ``test`` that marks the official test split.

    Raises
    ------
    BadInput
        If there are no such arrays, or they do not fit together.
    BadFile
        If the file is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise BadFile(f"{path} is no .npz file; rename it to .npy.")
            if {"x_train", "x_test"} <= set(arrays.files):
                return _open_two_parts(path, arrays)
            return _open_one_part(path, arrays)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, BadInput | BadFile):
            raise
        raise _unreadable(path, error) from error


def dataset_from_array(
    array: NDArray[Any],
    path: Path,
    *,
    source: str,
    ids: NDArray[np.str_] | RowNumbers | None = None,
    labels: NDArray[np.str_] | None = None,
    test: Dataset | None = None,
) -> Dataset:
    """A data set of an array, shape (n, p) for a table, (n, H, W) or (n, H, W, C) for images.

    Raises
    ------
    BadInput
        If it has another shape, is empty or holds no real numbers.
    """
    kind = _kind(array, path)
    return Dataset(
        name=name_of(path),
        items=_as_pixels(array, path) if kind == "images" else _native(array),
        ids=RowNumbers(range(len(array))) if ids is None else ids,
        labels=labels,
        kind=kind,
        columns=tuple(f"x{i}" for i in range(array.shape[1])) if kind == "table" else None,
        test=test,
        skipped=(),
        source=source,
    )


# --- what an array is -----------------------------------------------------------------------


def _kind(array: NDArray[Any], path: Path) -> str:
    """Whether an array is a table or images."""
    if array.dtype.kind not in "buif":
        raise BadInput(f"{path} holds {array.dtype} values; expected real numbers.")
    if array.ndim not in (2, 3, 4):
        raise BadInput(
            f"{path} holds an array of shape {array.shape}; expected (n, columns), "
            f"(n, height, width) or (n, height, width, channels)."
        )
    if array.size == 0:
        raise BadInput(f"{path} holds an empty array of shape {array.shape}; nothing to read.")
    if array.ndim == 4 and array.shape[3] > 4:
        hint = (
            "Move the channels last with numpy.moveaxis(a, 1, -1)." if array.shape[1] <= 4 else ""
        )
        raise BadInput(
            f"{path} holds an array of shape {array.shape}; expected (n, height, width, channels) "
            f"with 1 to 4 channels. {hint}".rstrip()
        )
    return "table" if array.ndim == 2 else "images"


def _as_pixels(array: NDArray[Any], path: Path) -> NDArray[Any]:
    """Images as uint8, uint16 or float; other integers become the smallest that holds them."""
    if array.dtype.kind == "f" or array.dtype in (np.uint8, np.uint16):
        return _native(array)
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    lowest, highest = int(array.min()), int(array.max())
    if lowest < 0 or highest > 65535:
        raise BadInput(
            f"{path} holds integer pixels from {lowest} to {highest}; expected 0 to 255 or to "
            f"65535. Save them as floats."
        )
    return array.astype(np.uint8 if highest <= 255 else np.uint16)


def _native(array: NDArray[Any]) -> NDArray[Any]:
    # torch reads only the byte order of the machine; such arrays stay memory-mapped.
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _unreadable(path: Path, error: Exception) -> BadInput | BadFile:
    if "object" in str(error).lower():
        return BadInput(
            f"{path} holds Python objects, which can run code when read; save numbers or text."
        )
    return BadFile(f"{path} is damaged or cut short ({error}); write it again.")


# --- what an .npz holds ---------------------------------------------------------------------


def _open_two_parts(path: Path, arrays: Mapping[str, NDArray[Any]]) -> Dataset:
    def part(name: str, test: Dataset | None) -> Dataset:
        items = arrays[f"x_{name}"]
        labels = None
        if f"y_{name}" in arrays:
            labels = _labels(arrays[f"y_{name}"], len(items), arrays, path)
        return dataset_from_array(
            items, path, labels=labels, test=test, source=f"x_{name} of {path}"
        )

    return part("train", part("test", None))


def _open_one_part(path: Path, arrays: Mapping[str, NDArray[Any]]) -> Dataset:
    key = _first(_ITEMS, arrays) or (next(iter(arrays)) if len(arrays) == 1 else None)
    if key is None:
        held = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise BadInput(
            f"{path} holds {held or 'nothing'}; expected items under one of the names "
            f"{', '.join(_ITEMS)}, or x_train and x_test."
        )
    items = arrays[key]
    n = len(items) if items.ndim else 0
    label_key, id_key = _first(_LABELS, arrays), _first(_IDS, arrays)
    labels = None if label_key is None else _labels(arrays[label_key], n, arrays, path)
    ids: NDArray[np.str_] | RowNumbers = RowNumbers(range(n))
    if id_key is not None and arrays[id_key].shape == (n,):
        ids = as_text(arrays[id_key])
    in_test = _test_rows(arrays, n)

    def part(rows: NDArray[np.bool_] | slice, test: Dataset | None) -> Dataset:
        return dataset_from_array(
            items[rows],
            path,
            ids=ids[rows],
            labels=None if labels is None else labels[rows],
            test=test,
            source=f"{key} of {path}",
        )

    if in_test is None:
        return part(slice(None), None)
    return part(~in_test, part(in_test, None))


def _test_rows(arrays: Mapping[str, NDArray[Any]], n: int) -> NDArray[np.bool_] | None:
    """The rows of the official test split, shape (n,), or None if no array marks any."""
    if "test" not in arrays or arrays["test"].shape != (n,):
        return None
    marks = arrays["test"]
    if marks.dtype.kind not in "bui" or not np.isin(marks, (0, 1)).all():
        return None
    in_test = marks.astype(bool)
    return in_test if in_test.any() and not in_test.all() else None


def _labels(
    values: NDArray[Any], n: int, arrays: Mapping[str, NDArray[Any]], path: Path
) -> NDArray[np.str_]:
    """Labels as text, shape (n,); numbers by their names where the file has names."""
    if values.shape not in {(n,), (n, 1)}:
        raise BadInput(
            f"{path} holds {n} items and labels of shape {values.shape}; expected ({n},)."
        )
    values = values.reshape(n)
    key = _first(_LABEL_NAMES, arrays)
    if key is not None and values.dtype.kind in "ui":
        names = arrays[key]
        if names.ndim == 1 and n and values.min() >= 0 and values.max() < len(names):
            return as_text(names[values])
    return as_text(values)


def _first(names: Iterable[str], arrays: Mapping[str, NDArray[Any]]) -> str | None:
    return next((name for name in names if name in arrays), None)
