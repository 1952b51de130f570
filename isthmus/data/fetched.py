"""What lies elsewhere, copied once to the cache: the copy is then opened as any file here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from isthmus.addresses import Elsewhere, elsewhere, local_path, reaching
from isthmus.data.cache import cache_folder
from isthmus.data.dataset import Progress
from isthmus.errors import BadInput, CannotWrite, NoData
from isthmus.files import replacing_folder

__all__ = ["fetched", "version_of"]

# What stores tell of a file that changes with its content, the surest first.
_VERSIONS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "Last-Modified", "created")
_AT_ONCE = 256  # files asked for together, where their store takes that


def fetched(place: str | Path, progress: Progress | None = None) -> Path:
    """The path of a place: its own on this machine, else that of a copy in the cache.

    What was fetched before is not fetched again while its size and its time of change, or the tag
    that its store gives it, are the same. A folder is fetched whole.

    Parameters
    ----------
    place : a path or an address, of a file or a folder.
    progress : called as ``progress("fetching files", done, total)``.

    Raises
    ------
    NoData
        If there is nothing at the address, or it cannot be read.
    CannotWrite
        If the cache cannot be written.
    MissingExtra
        If the library for such addresses is not installed.
    """
    here = local_path(place)
    if here is not None:
        return here.expanduser()
    with reaching(str(place)):
        there = elsewhere(str(place))
        files = _files(there)
        folder = cache_folder() / "fetched" / _key(there.address, files)
        if not folder.exists():
            _fetch(there, files, folder / there.name, progress)
    return folder / there.name


def version_of(info: Mapping[str, Any]) -> str:
    """What fsspec tells of a file that changes when its content does; "" where it tells nothing."""
    return next((str(info[name]) for name in _VERSIONS if info.get(name)), "")


def _files(there: Elsewhere) -> dict[str, Mapping[str, Any]]:
    """What fsspec tells of each file, by its path below the place; that of a file itself is ""."""
    path = there.path.rstrip("/")
    info = there.system.info(path)
    if info["type"] != "directory":
        return {"": info}
    found = there.system.find(path, detail=True)
    files = {name[len(path) :].lstrip("/"): info for name, info in found.items()}
    files = {name: info for name, info in files.items() if name and not name.endswith("/")}
    if not files:
        raise NoData(f"there is nothing at {there.address}.")
    for name in files:
        if ".." in PurePosixPath(name).parts:
            raise BadInput(f"{there.address} holds {name!r}, which leads out of its folder.")
    return files


def _key(address: str, files: Mapping[str, Mapping[str, Any]]) -> str:
    listing = [(name, info.get("size"), version_of(info)) for name, info in files.items()]
    return hashlib.sha256(json.dumps([address, listing]).encode()).hexdigest()[:32]


def _fetch(
    there: Elsewhere,
    files: Mapping[str, Mapping[str, Any]],
    path: Path,
    progress: Progress | None,
) -> None:
    """Copy the files to a path, all or none."""
    names = list(files)
    try:
        with replacing_folder(path.parent) as folder:
            for start in range(0, len(names), _AT_ONCE):
                some = names[start : start + _AT_ONCE]
                copies = [folder / path.name / name for name in some]
                for parent in {copy.parent for copy in copies}:
                    parent.mkdir(parents=True, exist_ok=True)
                there.system.get([files[name]["name"] for name in some], list(map(str, copies)))
                if progress is not None:
                    progress("fetching files", start + len(some), len(names))
    except CannotWrite as error:
        raise CannotWrite(f"{error} Set ISTHMUS_CACHE to a folder with room.") from error
