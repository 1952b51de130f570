"""Which files a pattern or a folder means, here or elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from isthmus.addresses import elsewhere, is_pattern, local_path, reaching
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
    """Files below a root, by their paths."""

    root: Root
    files: tuple[Listed, ...]


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
    here = local_path(data)
    there = elsewhere(data if here is None else str(here))
    with reaching(data):
        root, found = (_matching if is_pattern(data) else _below)(there.system, there.path)
        listed = [_listed(root, path, info) for path, info in found.items()]
    files = sorted((file for file in listed if _shown(file.path)), key=lambda file: file.path)
    if not files:
        raise NoData(f"there is no file {data}.")
    return Listing(root, tuple(files))


def _matching(system: Any, pattern: str) -> tuple[Root, dict[str, Any]]:
    """What a pattern matches, and the folder before its first sign."""
    first = _MAGIC.search(pattern)
    above = pattern[: pattern.rfind("/", 0, first.start() if first else None)]
    found = system.glob(pattern, detail=True)
    return Root(system, above), {p: i for p, i in found.items() if i["type"] != "directory"}


def _below(system: Any, path: str) -> tuple[Root, dict[str, Any]]:
    """All files below a folder; a file is alone in its own."""
    path = path.rstrip("/")
    info = system.info(path)
    if info["type"] != "directory":
        return Root(system, path.rpartition("/")[0]), {path: info}
    return Root(system, path), system.find(path, detail=True)


def _listed(root: Root, path: str, info: Any) -> Listed:
    if info.get("size") is None:  # a web server lists names alone
        info = root.system.info(path)
    return Listed(path[len(root.path) :].lstrip("/"), info.get("size"), version_of(info))


def _shown(path: str) -> bool:
    return bool(path) and not path.endswith("/") and not re.search(r"(^|/)\.", path)
