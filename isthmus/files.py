"""Files that are there whole or not at all, and locks that end with their process."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from isthmus.addresses import local_path, uploading
from isthmus.errors import CannotWrite

if sys.platform != "win32":
    import fcntl

__all__ = ["holding", "is_held", "replacing_file", "replacing_folder", "writing"]

_NO_FOLDER = "part of the path is a file, not a folder"
_ADVICE = {
    errno.ENOSPC: "the disk is full; free some room or write elsewhere",
    errno.EDQUOT: "your disk quota is used up; free some room or write elsewhere",
    errno.EROFS: "the disk is read-only; write elsewhere",
    errno.EACCES: "permission denied; choose a folder you may write to",
    errno.EPERM: "permission denied; choose a folder you may write to",
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
}


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turn the failures of writing to ``path`` into `CannotWrite`, one clear line."""
    try:
        yield
    except OSError as error:
        if isinstance(error, CannotWrite) or error.errno is None:
            raise
        advice = _ADVICE.get(error.errno, error.strerror or "unknown reason")
        raise CannotWrite(f"cannot write {path}: {advice}.") from error


@contextmanager
def replacing_file(place: Path | str, *, durable: bool = True) -> Iterator[Path]:
    """Give a temporary path to write; on leaving it becomes the file ``place`` in one step.

    If the body fails or the process dies, ``place`` is what it was before. ``durable`` also waits
    for the disk, so that the same holds when the power fails. An address gets the file once it is
    whole (`isthmus.addresses`).
    """
    path = local_path(place)
    if path is None:
        with writing(str(place)), uploading(str(place)) as temporary:
            yield temporary
        return
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            if durable:
                _to_disk(temporary)
            temporary.chmod(0o666 & ~_umask())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(place: Path | str) -> Iterator[Path]:
    """Give a temporary folder to fill; on leaving it becomes ``place``, replacing what was there.

    At an address files are put one after the other, since no store moves a folder in one step.
    """
    path = local_path(place)
    if path is None:
        with writing(str(place)), uploading(str(place)) as temporary:
            temporary.mkdir()
            yield temporary
        return
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        try:
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    _to_disk(file)
            temporary.chmod(0o777 & ~_umask())
            swap_folder(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold the lock of a file, waiting for it first; it ends with the process, killed or not.

    Where the system has no such locks (Windows), nothing is held.
    """
    with writing(path):
        file = path.open("a")
    with file:
        if sys.platform == "win32":
            # Nobody could move the folder of an open file.
            file.close()
        else:
            _lock(file)
        yield


def is_held(path: Path) -> bool:
    """Whether a process that lives holds the lock of a file."""
    try:
        with path.open("a" if path.exists() else "r") as file:
            return not _lock(file, wait=False)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _lock(file: IO[str], *, wait: bool = True) -> bool:
    """Take a file's lock, which ends when the file is closed; whether it was to be had."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def swap_folder(new: Path, path: Path) -> None:
    """Move folder ``new`` to ``path``; what was there is removed once the new one stands.

    A folder cannot be replaced in one step, so the old one steps aside for an instant; a crash in
    that instant leaves it whole beside ``path``.
    """
    if not path.exists():
        os.rename(new, path)
        return
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old-"))
    old = aside / path.name
    try:
        os.rename(path, old)
        os.rename(new, path)
    except OSError:
        if old.exists():
            os.rename(old, path)
        raise
    finally:
        if path.exists():
            shutil.rmtree(aside, ignore_errors=True)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
