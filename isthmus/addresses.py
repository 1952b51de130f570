"""Places that a user names: paths on this machine, and addresses of what lies elsewhere.

An address is anything that fsspec reads, such as ``s3://bucket/rows.parquet`` or ``https://...``;
who may read it is said where its library looks (``AWS_...``, ``~/.config/fsspec``).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from isthmus.errors import CannotWrite, IsthmusError, MissingExtra, NoData

__all__ = ["Elsewhere", "elsewhere", "exists", "is_pattern", "local_path", "reaching", "uploading"]

# A scheme of two letters or more: C:// is a disk.
_SCHEME = re.compile(r"([a-zA-Z][\w+.-]+)(://|::)")
_HERE = ("file", "local")


@dataclass(frozen=True)
class Elsewhere:
    """A place on another file system.

    Attributes
    ----------
    address : str
        As the user wrote it.
    system : fsspec's file system
    path : str
        The place on it.
    """

    address: str
    system: Any
    path: str

    @property
    def name(self) -> str:
        """The last part of the path; of a web address without its query."""
        path = urlsplit(self.path).path if self.path.startswith("http") else self.path
        return path.rstrip("/").rpartition("/")[2] or "data"


def local_path(place: str | Path) -> Path | None:
    """The path of a place on this machine, ``file://`` included; None of one elsewhere."""
    if isinstance(place, Path):
        return place
    scheme = _SCHEME.match(place)
    if scheme is None:
        return Path(place).expanduser()
    if scheme[1] in _HERE and scheme[2] == "://":
        return Path(place[scheme.end() :])
    return None


def elsewhere(address: str) -> Elsewhere:
    """The file system of an address, and the path there.

    Raises
    ------
    MissingExtra
        If the library for it is not installed.
    NoData
        If there is no such kind of address, or it cannot be reached.
    """
    with reaching(address):
        from fsspec.core import url_to_fs

        try:
            system, path = url_to_fs(address)
        except ImportError as error:
            raise MissingExtra(
                f'{address} needs: pip install "isthmus[lake]" ({str(error).rstrip(".")}).'
            ) from error
    return Elsewhere(address, system, path)


def is_pattern(place: str | Path) -> bool:
    """Whether a place names many files by ``*``, ``?`` or ``[...]``."""
    scheme = _SCHEME.match(str(place))
    # Behind the question mark of a web address stands a query.
    magic = "*[" if scheme is not None and scheme[1].startswith("http") else "*?["
    if not any(sign in str(place) for sign in magic):
        return False
    here = local_path(place)
    return here is None or not here.exists()


def exists(place: str | Path) -> bool:
    """Whether there is a file or a folder at a place."""
    here = local_path(place)
    if here is not None:
        return here.exists()
    with reaching(str(place)):
        there = elsewhere(str(place))
        return bool(there.system.exists(there.path))


@contextmanager
def reaching(address: str) -> Iterator[None]:
    """Turn the failures of reading an address into `NoData`, one clear line."""
    try:
        yield
    except IsthmusError:
        raise
    except FileNotFoundError as error:
        raise NoData(f"there is nothing at {address}.") from error
    except Exception as error:  # every library of every store raises its own
        raise NoData(f"{address} cannot be read: {_reason(error)}.") from error


@contextmanager
def uploading(address: str) -> Iterator[Path]:
    """Give a temporary path to write; on leaving it is at the address, a file whole or not at all.

    A folder at the path takes the place of what was there, file by file.

    Raises
    ------
    CannotWrite
        If the other side refuses.
    """
    there = elsewhere(address)
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / there.name
        yield temporary
        try:
            _upload(temporary, there)
        except Exception as error:
            raise CannotWrite(f"cannot write {address}: {_reason(error)}.") from error


def _upload(file: Path, there: Elsewhere) -> None:
    system, path = there.system, there.path.rstrip("/")
    if file.is_dir():
        if system.exists(path):
            system.rm(path, recursive=True)
        for inner in sorted(file.rglob("*")):
            if inner.is_file():
                _upload_file(inner, system, f"{path}/{inner.relative_to(file).as_posix()}")
        return
    _upload_file(file, system, path)


def _upload_file(file: Path, system: Any, path: str) -> None:
    from fsspec.spec import AbstractFileSystem

    if type(system).mv is AbstractFileSystem.mv:
        # Where nothing can be renamed there are objects, which are seen once they are whole, and
        # no folders but in their names.
        system.put_file(str(file), path)
        return
    above, _, name = path.rpartition("/")
    system.makedirs(above, exist_ok=True)
    beside = f"{above}/.{name}.part"
    system.put_file(str(file), beside)
    system.mv(beside, path)


def _reason(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines and lines[0] else type(error).__name__
