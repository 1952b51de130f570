"""CIFAR-10 in its binary form: 3,073 bytes an image, the label and then all red, green, blue.

Source: A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009. The pickled
form is never read: unpickling a file runs what it says.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isthmus.data.arrays import dataset_from_array
from isthmus.data.dataset import Dataset
from isthmus.errors import BadFile

__all__ = ["CIFAR10_ARCHIVE", "open_cifar10"]

CIFAR10_ARCHIVE = "cifar-10-binary.tar.gz"
_LABELS = "airplane automobile bird cat deer dog frog horse ship truck".split()  # noqa: SIM905
_TRAIN = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
_TEST = ("test_batch.bin",)
_SIDE = 32  # pixels
_RECORD = 1 + 3 * _SIDE * _SIDE  # bytes


def open_cifar10(folder: Path) -> Dataset:
    """Open a folder with the archive ``cifar-10-binary.tar.gz``, or with its unpacked batches.

    Raises
    ------
    BadFile
        If a batch is missing or damaged.
    """
    batches = _read_batches(folder)

    def part(names: tuple[str, ...], test: Dataset | None) -> Dataset:
        missing = [name for name in names if name not in batches]
        if missing:
            raise BadFile(f"{folder} lacks {', '.join(missing)}; unpack {CIFAR10_ARCHIVE} there.")
        records = np.concatenate([_records(folder / name, batches[name]) for name in names])
        images = records[:, 1:].reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1)
        return dataset_from_array(
            np.ascontiguousarray(images),
            folder,
            labels=np.array(_LABELS, dtype=np.str_)[records[:, 0]],
            test=test,
            source=f"binary batches in {folder}",
        )

    return part(_TRAIN, part(_TEST, None))


def _read_batches(folder: Path) -> dict[str, bytes]:
    """The bytes of each batch by its file name, from the archive if there is one."""
    archive = folder / CIFAR10_ARCHIVE
    if not archive.exists():
        return {path.name: path.read_bytes() for path in folder.rglob("*_batch*.bin")}
    try:
        with tarfile.open(archive) as tar:
            members = {Path(member.name).name: tar.extractfile(member) for member in tar}
            return {name: file.read() for name, file in members.items() if file is not None}
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadFile(f"{archive} is damaged ({error}); fetch it again.") from error


def _records(path: Path, content: bytes) -> NDArray[np.uint8]:
    """The records of a batch, shape (n, 3073)."""
    if not content or len(content) % _RECORD:
        raise BadFile(
            f"{path} holds {len(content)} bytes; expected a multiple of {_RECORD}. Fetch it again."
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    if records[:, 0].max() >= len(_LABELS):
        raise BadFile(f"{path} holds label {records[:, 0].max()}; expected 0 to 9. Fetch it again.")
    return records
