"""Images of any size and mode -> one 8-bit array on disk, prepared once.

A prepared set is a folder of the cache with two files: ``items.npy``, which is memory-mapped, and
``index.json``, which is written last and says what the rows are. The folder's name is a hash of
everything the result depends on, so a changed file makes another prepared set.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from isthmus.data.cache import cache_folder, replacing
from isthmus.data.dataset import Progress, Skipped
from isthmus.data.images import (
    Header,
    bombs_refused,
    n_pieces,
    read_header,
    read_image,
    read_pieces,
    reason,
)
from isthmus.errors import BadInput, CannotWrite

__all__ = ["ImageFile", "Prepared", "prepared_images"]

_VERSION = 2  # of the prepared files: raise it when the same images would become other pixels
_LONGEST_SIDE = 128  # pixels, of images whose size nobody chose
_AT_ONCE = 256  # images in flight, so that a slow disk does not fill the memory

_T = TypeVar("_T")


@dataclass(frozen=True)
class ImageFile:
    """An image file that is there but was not looked into."""

    path: str  # relative to its folder or zip, with "/"
    n_bytes: int
    changed_ns: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Prepared:
    """Images of one size in one array."""

    items: NDArray[np.uint8]  # memory-mapped, (n, H, W) or (n, H, W, 3)
    ids: list[str]
    pictures: NDArray[np.intp] | None  # (n,), which picture each item was cut from
    skipped: tuple[Skipped, ...]
    note: str  # how the files became the items


def prepared_images(
    root: Path,
    files: Sequence[ImageFile],
    skipped: Sequence[Skipped] = (),
    *,
    size: tuple[int, int] | None = None,
    cut: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Prepared:
    """Images at one size, from the cache if they were prepared before.

    Parameters
    ----------
    root : the absolute path of the folder or zip.
    files : what it holds.
    skipped : what could not be listed there.
    size : (height, width) in pixels; by default the commonest one, its longer side at most 128.
    cut : whether images are cut into pieces of that size and not resized to it; by default squares
        of 128 pixels, or what fits into the commonest image.
    strict : whether an unreadable file is an error.
    progress : called as ``progress(stage, done, total)``.

    Raises
    ------
    BadInput
        If no image can be read, or `strict` and one cannot.
    CannotWrite
        If the cache cannot be written.
    """
    folder = cache_folder() / "prepared" / _key(root, files, skipped, size, cut)
    prepared = _load(folder)
    if prepared is None:
        _refuse(root, skipped, strict)
        with bombs_refused():
            _prepare(
                folder, root, files, skipped, size=size, cut=cut, strict=strict, progress=progress
            )
        prepared = _load(folder)
    if prepared is None:
        raise CannotWrite(f"{folder} was damaged while it was written; remove it and try again.")
    _refuse(root, prepared.skipped, strict)
    return prepared


def _refuse(root: Path, skipped: Sequence[Skipped], strict: bool) -> None:
    if strict and skipped:
        raise BadInput(
            f"{root / skipped[0].path} cannot be read: {skipped[0].reason}. "
            f"Mend or remove it, or leave unreadable files out with strict=False."
        )


# --- the cache ------------------------------------------------------------------------------


def _key(
    root: Path,
    files: Sequence[ImageFile],
    skipped: Sequence[Skipped],
    size: tuple[int, int] | None,
    cut: bool,
) -> str:
    """The name of a prepared set: a hash of all that decides what is in it."""
    listing = [(file.path, file.n_bytes, file.changed_ns) for file in files]
    unlisted = [(left_out.path, left_out.reason) for left_out in skipped]
    content = json.dumps([_VERSION, str(root), size, cut, listing, unlisted])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _load(folder: Path) -> Prepared | None:
    """A prepared set, or None if it is not there, unfinished or damaged."""
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        items = np.load(folder / "items.npy", mmap_mode="r", allow_pickle=False)
        if list(items.shape) != index["shape"] or items.dtype != np.uint8:
            return None
        skipped = tuple(Skipped(**left_out) for left_out in index["skipped"])
        pictures = index["pictures"] and np.asarray(index["pictures"], np.intp)
        return Prepared(items, index["ids"], pictures, skipped, index["note"])
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None


def _prepare(
    folder: Path,
    root: Path,
    files: Sequence[ImageFile],
    skipped: Sequence[Skipped],
    *,
    size: tuple[int, int] | None,
    cut: bool,
    strict: bool,
    progress: Progress | None,
) -> None:
    """Read the images and write the prepared set."""
    left_out = list(skipped)
    headers = {}
    for file, header in _read_all(read_header, files, "looking at images", progress):
        if isinstance(header, Skipped):
            left_out.append(header)
        else:
            headers[file] = header
    _refuse(root, left_out, strict)
    if not headers:
        raise _nothing_readable(root, left_out)
    size, note = (_piece_size if cut else _common_size)(list(headers.values()), size)
    grey = all(header.grey for header in headers.values())
    read = partial(read_pieces if cut else _read_whole, size=size, grey=grey)
    most = sum(n_pieces(header, size) if cut else 1 for header in headers.values())
    ids: list[str] = []
    pictures: list[int] = []
    with replacing(folder / "items.npy") as output:
        rows = _Rows(output, most, size if grey else (*size, 3))
        for number, (file, pieces) in enumerate(
            _read_all(read, list(headers), "preparing images", progress)
        ):
            if isinstance(pieces, Skipped):
                left_out.append(pieces)
                _refuse(root, left_out, strict)
                continue
            rows.append(pieces)
            ids += _names(file.path, len(pieces))
            pictures += [number] * len(pieces)
        if not ids:
            raise _nothing_readable(root, left_out)
        rows.finish()
    left_out.sort(key=lambda skip: skip.path)
    skips = [asdict(skip) for skip in left_out]
    index = {
        "shape": rows.shape,
        "ids": ids,
        "pictures": pictures if cut else None,
        "skipped": skips,
        "note": note,
    }
    with replacing(folder / "index.json") as output:
        output.write(json.dumps(index).encode())


class _Rows:
    """Rows appended to an npy file whose number is known only at the end.

    Written, not memory-mapped: a full disk is then an error and not a crash.
    """

    def __init__(self, file: BinaryIO, most: int, shape: tuple[int, ...]) -> None:
        self.file = file
        self.shape = (0, *shape)
        self._write_header((most, *shape))

    def append(self, rows: NDArray[np.uint8]) -> None:
        self.file.write(rows.tobytes())
        self.shape = (self.shape[0] + len(rows), *self.shape[1:])

    def finish(self) -> None:
        # NumPy pads the header so that the first length can be changed in place.
        self.file.seek(0)
        self._write_header(self.shape)

    def _write_header(self, shape: tuple[int, ...]) -> None:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        npy_format.write_array_header_1_0(self.file, header)


def _read_whole(file: BinaryIO, size: tuple[int, int], *, grey: bool) -> NDArray[np.uint8]:
    return read_image(file, size, grey=grey)[None]


# --- the images -----------------------------------------------------------------------------


def _read_all(
    read: Callable[[BinaryIO], _T],
    files: Sequence[ImageFile],
    stage: str,
    progress: Progress | None,
) -> Iterator[tuple[ImageFile, _T | Skipped]]:
    """Read files in parallel, in order; one that cannot be read comes with `Skipped`."""

    def attempt(file: ImageFile) -> _T | Skipped:
        try:
            with file.open() as opened:
                return read(opened)
        except Exception as error:  # a damaged file can raise almost anything in a decoder
            return Skipped(file.path, reason(error))

    # Threads serve: Pillow decodes and resizes without holding the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), _AT_ONCE):
            some = files[start : start + _AT_ONCE]
            for done, result in enumerate(zip(some, pool.map(attempt, some), strict=True), start):
                if progress is not None:
                    progress(stage, done + 1, len(files))
                yield result


def _common_size(
    headers: Sequence[Header], wanted: tuple[int, int] | None
) -> tuple[tuple[int, int], str]:
    """The size of all prepared images, and a note of how it was chosen."""
    counts = Counter(header.size for header in headers)
    commonest, count = counts.most_common(1)[0]
    shrink = min(1.0, _LONGEST_SIDE / max(commonest))
    height, width = wanted or tuple(max(1, round(side * shrink)) for side in commonest)
    if (height, width) == commonest and len(counts) == 1:
        return (height, width), f"all {height}x{width} pixels"
    chosen = "as asked for" if wanted else "choose another with size"
    note = (
        f"resized to {height}x{width} pixels ({chosen}); "
        f"{count} of {len(headers)} were {commonest[0]}x{commonest[1]}"
    )
    return (height, width), note


def _piece_size(
    headers: Sequence[Header], wanted: tuple[int, int] | None
) -> tuple[tuple[int, int], str]:
    """The size of the pieces that images are cut into, and a note of how it was chosen."""
    commonest = Counter(header.size for header in headers).most_common(1)[0][0]
    height, width = wanted or tuple(min(side, _LONGEST_SIDE) for side in commonest)
    n = sum(n_pieces(header, (height, width)) for header in headers)
    if n == len(headers) and all(header.size == (height, width) for header in headers):
        return (height, width), f"all {height}x{width} pixels"
    chosen = "as asked for" if wanted else "choose another with size"
    note = f"{len(headers)} images cut into {n} pieces of {height}x{width} pixels ({chosen})"
    return (height, width), note


def _names(path: str, n_pieces: int) -> list[str]:
    return [path] if n_pieces == 1 else [f"{path}#{i}" for i in range(n_pieces)]


def _nothing_readable(root: Path, skipped: Sequence[Skipped]) -> BadInput:
    return BadInput(
        f"none of the images in {root} can be read; "
        f"the first, {skipped[0].path}: {skipped[0].reason}."
    )
