"""Which files a pattern or a folder means, here or elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from fsspec.utils import glob_translate

from isthmus.addresses import Elsewhere, elsewhere, is_pattern, local_path, reaching
from isthmus.data.fetched import version_of
from isthmus.errors import NoData

__all__ = ["Listed", "Listing", "Root", "list_files"]

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Listed:
    """A file that is there but was not looked into.

    Attributes
    ----------
    path : str
        Below the root, with "/".
    n_bytes : int or None
        None where its store does not say.
    version : str
        What changes when the content does.
    """

    path: str
    n_bytes: int | None
    version: str


@dataclass(frozen=True)
class Root:
    """The folder that all files of a lake lie below.

    Attributes
    ----------
    system : fsspec's file system
        It can be pickled, so that workers open files as the driver does.
    path : str
        On that system.
    """

    system: Any
    path: str

    def of(self, below: str) -> str:
        """The path of a file on the system."""
        return f"{self.path}/{below}"

    def name(self, below: str) -> str:
        """A file as messages name it."""
        return str(self.system.unstrip_protocol(self.of(below))).removeprefix("file://")

    def open(self, below: str) -> BinaryIO:
        """A file to read from; raises `NoData` where that fails."""
        with reaching(self.name(below)):
            opened: BinaryIO = self.system.open(self.of(below), "rb")
        return opened


@dataclass(frozen=True)
class Listing:
    """Files below a root, by their paths.

    Attributes
    ----------
    root : Root
    files : tuple of Listed
    wanted : str
        A regular expression for the paths on the root's system that were asked for.
    """

    root: Root
    files: tuple[Listed, ...]
    wanted: str

    def would_hold(self, place: str) -> bool:
        """Whether a file at a path or an address would be among those asked for."""
        there = _there(place)
        same = there.system == self.root.system
        return same and re.fullmatch(self.wanted, there.path) is not None


def list_files(data: str) -> Listing:
    """The files that a pattern means, or all below a folder, by path; hidden ones are left out.

    Parameters
    ----------
    data : str
        ``folder/**/*.parquet``, ``s3://bucket/path/*.csv``, a folder, or a file.

    Raises
    ------
    NoData
        If there are none, or the place cannot be read.
    MissingExtra
        If the library for such addresses is not installed.
    """
    there = _there(data)
    with reaching(data):
        look = _matching if is_pattern(data) else _below
        root, wanted, found = look(there.system, there.path)
        listed = [_listed(root, path, info) for path, info in found.items()]
    files = sorted((file for file in listed if _shown(file.path)), key=lambda file: file.path)
    if not files:
        raise NoData(f"there is no file {data}.")
    return Listing(root, tuple(files), wanted)


def _there(place: str) -> Elsewhere:
    """A place on its file system, also where that is the one here."""
    here = local_path(place)
    return elsewhere(place if here is None else str(here.absolute()))


Found = tuple[Root, str, dict[str, Any]]


def _matching(system: Any, pattern: str) -> Found:
    """The folder before a pattern's first sign, the pattern, and what it matches."""
    first = _MAGIC.search(pattern)
    above = pattern[: pattern.rfind("/", 0, first.start() if first else None)]
    found = system.glob(pattern, detail=True)
    files = {path: info for path, info in found.items() if info["type"] != "directory"}
    return Root(system, above), glob_translate(pattern), files


def _below(system: Any, path: str) -> Found:
    """All files below a folder; a file is alone in its own."""
    path = path.rstrip("/")
    info = system.info(path)
    if info["type"] != "directory":
        return Root(system, path.rpartition("/")[0]), re.escape(path), {path: info}
    return Root(system, path), re.escape(path) + "/.*", system.find(path, detail=True)


def _listed(root: Root, path: str, info: Any) -> Listed:
    if info.get("size") is None:  # a web server lists names alone
        info = root.system.info(path)
    return Listed(path[len(root.path) :].lstrip("/"), info.get("size"), version_of(info))


def _shown(path: str) -> bool:
    return bool(path) and not path.endswith("/") and not re.search(r"(^|/)\.", path)
