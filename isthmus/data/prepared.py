"""Files of one kind -> one array of bytes on disk, prepared once.

A prepared set is a folder of the cache with two files: ``items.npy``, which is memory-mapped, and
``index.json``, which is written last and says what the rows are. The folder's name is a hash of
everything the result depends on, so a changed file makes another prepared set.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from isthmus.data.cache import cache_folder, replacing
from isthmus.data.dataset import Progress, Skipped
from isthmus.data.growing import GrowingArray
from isthmus.data.images import reason
from isthmus.errors import BadInput, CannotWrite

__all__ = ["Kind", "ListedFile", "Plan", "Prepared", "items_of", "prepared"]

_VERSION = 3  # of the prepared files: raise it when the same files would become other items
_AT_ONCE = 256  # files in flight, so that a slow disk does not fill the memory

_T = TypeVar("_T")


@dataclass(frozen=True)
class ListedFile:
    """A file that is there but was not looked into."""

    path: str  # relative to its folder or zip, with "/"
    n_bytes: int
    changed_ns: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Plan:
    """How the files of a folder become items of one shape."""

    read: Callable[[BinaryIO], NDArray[np.uint8]]  # (pieces, *shape)
    shape: tuple[int, ...]
    most: int  # items that there can be
    note: str  # how the files become the items
    cut: bool = False  # whether a file may become several
    about: dict[str, Any] = field(default_factory=dict)  # for `Prepared.about`


class Kind(Protocol):
    """A kind of files."""

    noun: ClassVar[str]

    def settings(self) -> object:
        """What a plan depends on beside the files, as JSON can hold it."""

    def guard(self) -> AbstractContextManager[object]:
        """Within it files are read."""

    def look(self, file: BinaryIO) -> Any:
        """What a file says of itself before it is read; raises nearly anything."""

    def plan(self, looks: Sequence[Any]) -> Plan:
        """The plan for files that say this of themselves."""


@dataclass(frozen=True)
class Prepared:
    """Items of one shape in one array."""

    items: NDArray[np.uint8]  # memory-mapped, (n, *shape)
    ids: list[str]
    pictures: NDArray[np.intp] | None  # (n,), which file each item was cut from
    skipped: tuple[Skipped, ...]
    note: str  # how the files became the items
    about: dict[str, Any]  # of the plan


def prepared(
    root: Path,
    files: Sequence[ListedFile],
    skipped: Sequence[Skipped],
    kind: Kind,
    *,
    strict: bool = False,
    progress: Progress | None = None,
) -> Prepared:
    """Files as items, from the cache if they were prepared before.

    Parameters
    ----------
    root : the absolute path of the folder or zip.
    files : what it holds.
    skipped : what could not be listed there.
    kind : how they become items.
    strict : whether an unreadable file is an error.
    progress : called as ``progress(stage, done, total)``.

    Raises
    ------
    BadInput
        If no file can be read, or `strict` and one cannot.
    CannotWrite
        If the cache cannot be written.
    """
    folder = cache_folder() / "prepared" / _key(root, files, skipped, kind)
    found = _load(folder)
    if found is None:
        _refuse(root, skipped, strict)
        with kind.guard():
            _prepare(folder, root, files, skipped, kind, strict=strict, progress=progress)
        found = _load(folder)
    if found is None:
        raise CannotWrite(f"{folder} was damaged while it was written; remove it and try again.")
    _refuse(root, found.skipped, strict)
    return found


def _refuse(root: Path, skipped: Sequence[Skipped], strict: bool) -> None:
    if strict and skipped:
        raise BadInput(
            f"{root / skipped[0].path} cannot be read: {skipped[0].reason}. "
            f"Mend or remove it, or leave unreadable files out with strict=False."
        )


# --- the cache ------------------------------------------------------------------------------


def _key(root: Path, files: Sequence[ListedFile], skipped: Sequence[Skipped], kind: Kind) -> str:
    """The name of a prepared set: a hash of all that decides what is in it."""
    listing = [(file.path, file.n_bytes, file.changed_ns) for file in files]
    unlisted = [(left_out.path, left_out.reason) for left_out in skipped]
    content = json.dumps([_VERSION, kind.noun, str(root), kind.settings(), listing, unlisted])
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
        return Prepared(items, index["ids"], pictures, skipped, index["note"], index["about"])
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None


def _prepare(
    folder: Path,
    root: Path,
    files: Sequence[ListedFile],
    skipped: Sequence[Skipped],
    kind: Kind,
    *,
    strict: bool,
    progress: Progress | None,
) -> None:
    """Read the files and write the prepared set."""
    left_out = list(skipped)
    readable, plan = _planned(files, kind, left_out, progress)
    _refuse(root, left_out, strict)
    if plan is None:
        raise _nothing_readable(root, kind, left_out)
    ids: list[str] = []
    pictures: list[int] = []
    with replacing(folder / "items.npy") as output:
        rows = GrowingArray(output, plan.most, plan.shape, np.dtype(np.uint8))
        for number, (file, pieces) in enumerate(
            _read_all(plan.read, readable, f"preparing {kind.noun}", progress)
        ):
            if isinstance(pieces, Skipped):
                left_out.append(pieces)
                _refuse(root, left_out, strict)
                continue
            rows.append(pieces)
            ids += _names(file.path, len(pieces))
            pictures += [number] * len(pieces)
        if not ids:
            raise _nothing_readable(root, kind, left_out)
        rows.finish()
    left_out.sort(key=lambda skip: skip.path)
    skips = [asdict(skip) for skip in left_out]
    index = {
        "shape": rows.shape,
        "ids": ids,
        "pictures": pictures if plan.cut else None,
        "skipped": skips,
        "note": plan.note,
        "about": plan.about,
    }
    with replacing(folder / "index.json") as output:
        output.write(json.dumps(index).encode())


def _planned(
    files: Sequence[ListedFile],
    kind: Kind,
    left_out: list[Skipped],
    progress: Progress | None = None,
) -> tuple[list[ListedFile], Plan | None]:
    """The files that can be looked at, and how they become items; the others join ``left_out``."""
    looks = {}
    for file, look in _read_all(kind.look, files, f"looking at {kind.noun}", progress):
        if isinstance(look, Skipped):
            left_out.append(look)
        else:
            looks[file] = look
    return list(looks), kind.plan(list(looks.values())) if looks else None


def items_of(
    files: Sequence[ListedFile], kind: Kind, *, strict: bool = False
) -> tuple[list[NDArray[np.uint8]], list[str], list[Skipped]]:
    """Files as items in memory: those of each file, the names of all, and what was left out.

    Raises `BadInput` for an unreadable file where ``strict``.
    """
    items: list[NDArray[np.uint8]] = []
    ids: list[str] = []
    left_out: list[Skipped] = []
    with kind.guard():
        readable, plan = _planned(files, kind, left_out)
        for file, pieces in _read_all(plan.read, readable, "", None) if plan else ():
            if isinstance(pieces, Skipped):
                left_out.append(pieces)
            else:
                items.append(pieces)
                ids += _names(file.path, len(pieces))
    _refuse(Path(), left_out, strict)
    return items, ids, left_out


# --- the files ------------------------------------------------------------------------------


def _read_all(
    read: Callable[[BinaryIO], _T],
    files: Sequence[ListedFile],
    stage: str,
    progress: Progress | None,
) -> Iterator[tuple[ListedFile, _T | Skipped]]:
    """Read files in parallel, in order; one that cannot be read comes with `Skipped`."""

    def attempt(file: ListedFile) -> _T | Skipped:
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


def _names(path: str, n_pieces: int) -> list[str]:
    return [path] if n_pieces == 1 else [f"{path}#{i}" for i in range(n_pieces)]


def _nothing_readable(root: Path, kind: Kind, skipped: Sequence[Skipped]) -> BadInput:
    return BadInput(
        f"none of the {kind.noun} in {root} can be read; "
        f"the first, {skipped[0].path}: {skipped[0].reason}."
    )
