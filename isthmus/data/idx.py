"""IDX, the format of MNIST: a big-endian header and raw numbers, often gzipped.

Source: Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isthmus.data.arrays import dataset_from_array
from isthmus.data.dataset import Dataset, as_text
from isthmus.data.gzipped import read_bytes
from isthmus.errors import BadFile, BadInput

__all__ = ["is_idx_file", "is_idx_folder", "open_idx_file", "open_idx_folder", "read_idx"]

# The third byte of the file: the type of its numbers.
_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_NAME = re.compile(
    r"(?P<part>.+)-(?P<what>images|labels)[-.]idx(?P<n_dims>\d)-ubyte(?:\.gz)?", re.ASCII
)
_ANY_NAME = re.compile(r".+[-.]idx\d?(?:-\w+)?(?:\.gz)?", re.ASCII)


def is_idx_file(path: Path) -> bool:
    """Whether a file is named as IDX files are, such as ``train-images-idx3-ubyte.gz``."""
    return path.is_file() and _ANY_NAME.fullmatch(path.name) is not None


def is_idx_folder(path: Path) -> bool:
    """Whether a folder holds IDX files of images."""
    return path.is_dir() and any(part.images for part in _parts(path).values())


def read_idx(path: Path) -> NDArray[Any]:
    """Read one IDX file, gzipped or not.

    Returns
    -------
    array of the shape and type that the file states, in the machine's byte order.

    Raises
    ------
    BadFile
        If the file is no IDX file, is cut short, or holds more than it states.
    """
    content = read_bytes(path)
    zeros, number_type, n_dims = struct.unpack(">HBB", content[:4].ljust(4, b"\xff"))
    start = 4 + 4 * n_dims
    if zeros != 0 or number_type not in _TYPES or len(content) < start:
        raise BadFile(
            f"{path} is no IDX file: it begins with {content[:4].hex(' ') or 'nothing'}; "
            f"expected 00 00, a type from 08 to 0e and the number of dimensions."
        )
    dtype = np.dtype(_TYPES[number_type])
    shape = struct.unpack(f">{n_dims}I", content[4:start])
    stated = math.prod(shape) * dtype.itemsize
    if len(content) - start != stated:
        raise BadFile(
            f"{path} holds {len(content) - start} bytes of data; its header, shape {shape}, "
            f"states {stated}. Fetch it again."
        )
    return (
        np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
    )


def open_idx_file(path: Path) -> Dataset:
    """Open a single IDX file as items without labels."""
    return dataset_from_array(read_idx(path), path, source=f"IDX file {path}")


def open_idx_folder(path: Path, *, label_names: Sequence[str] | None = None) -> Dataset:
    """Open a folder like MNIST's: ``train-images-idx3-ubyte.gz``, ``train-labels-...`` and so on.

    A part whose name ends in ``t10k`` or ``test`` becomes the official test split.

    Parameters
    ----------
    path : the folder.
    label_names : the name of each label 0, 1, ...; by default the numbers themselves.

    Raises
    ------
    BadFile
        If a file is damaged.
    BadInput
        If there is more than one training or test part, or a label without a name.
    """
    parts = {name: part for name, part in _parts(path).items() if part.images}
    tests = [name for name in parts if name.endswith(("t10k", "test"))]
    trains = [name for name in parts if name not in tests] or tests
    if len(trains) != 1 or len(tests) > 1:
        raise BadInput(
            f"{path} holds {', '.join(sorted(parts)) or 'no'} IDX images; expected one training "
            f"and at most one test part. Put them in a folder of their own."
        )
    test = None
    if tests and tests != trains:
        test = _open_part(path, parts[tests[0]], None, label_names)
    return _open_part(path, parts[trains[0]], test, label_names)


class _Part(NamedTuple):
    images: Path | None = None
    labels: Path | None = None


def _parts(folder: Path) -> dict[str, _Part]:
    """The files of images and labels by the name of their part, such as ``train``."""
    parts: dict[str, _Part] = {}
    # In reverse order an unpacked file comes after its gzipped twin and takes its place.
    for path in sorted(folder.iterdir(), reverse=True):
        match = _NAME.fullmatch(path.name)
        if match is not None:
            part = parts.get(match["part"], _Part())
            parts[match["part"]] = part._replace(**{match["what"]: path})
    return parts


def _open_part(
    folder: Path, part: _Part, test: Dataset | None, label_names: Sequence[str] | None
) -> Dataset:
    if part.images is None:  # `is_idx_folder` and `open_idx_folder` keep only parts with images
        raise BadInput(f"{folder} holds labels without images.")
    labels = None
    if part.labels is not None:
        codes = read_idx(part.labels)
        if codes.ndim != 1:
            raise BadFile(f"{part.labels} holds labels of shape {codes.shape}; expected one each.")
        labels = as_text(codes) if label_names is None else _named(codes, label_names, part.labels)
    return dataset_from_array(
        read_idx(part.images), folder, labels=labels, test=test, source=f"IDX files in {folder}"
    )


def _named(codes: NDArray[Any], names: Sequence[str], path: Path) -> NDArray[np.str_]:
    if codes.size and int(codes.max()) >= len(names):
        raise BadInput(f"{path} holds label {codes.max()}; expected 0 to {len(names) - 1}.")
    return np.array(names, dtype=np.str_)[codes]
