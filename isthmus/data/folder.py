"""A folder or zip of files -> a data set: which files, which labels, which split."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np

from isthmus.data.dataset import Dataset, Progress, Skipped, name_of
from isthmus.data.image_plan import Images
from isthmus.data.images import image_suffixes
from isthmus.data.prepared import Kind, ListedFile, Prepared, prepared
from isthmus.errors import BadFile, BadInput, NoData

__all__ = [
    "IMAGE_SETTINGS",
    "arranged",
    "has_suffix",
    "image_files",
    "list_folder",
    "open_image_folder",
    "open_image_zip",
]

IMAGE_SETTINGS = frozenset({"size", "cut", "strict", "progress"})
"""What both `open_image_folder` and `open_image_zip` take."""

_LARGEST_MEMBER = 2**30  # bytes of one image in a zip: a small zip may unpack to any size

# Files with many items each, which may lie in folders below and are read by name or by a pattern.
_MANY = (".parquet", ".npy", ".csv")

# The folders that make an official split, and which of them is the test part.
_SPLITS = {
    frozenset({"train", "test"}): "test",
    frozenset({"train", "val", "test"}): "test",
    frozenset({"train", "val"}): "val",
}


def open_image_folder(
    path: Path,
    *,
    size: tuple[int, int] | None = None,
    cut: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Open a folder of images, prepared once and then memory-mapped from the cache.

    The first level of subfolders are the labels. Subfolders ``train`` and ``test`` are the
    official split, with the labels below them; ``val`` belongs to the training part, or is the
    test part where there is no ``test``.

    Parameters
    ----------
    path : the folder. Hidden files and files that are no images are passed over.
    size : (height, width) in pixels of every image. By default the commonest size in the folder,
        shrunk so that its longer side is at most 128.
    cut : whether images are cut into pieces of that size, at their own resolution.
    strict : whether an unreadable file is an error, not an entry of ``Dataset.skipped``.
    progress : called as ``progress(stage, done, total)`` while images are prepared.

    Raises
    ------
    BadInput
        If the folder holds no readable image, or `strict` and one cannot be read.
    CannotWrite
        If the cache cannot be written.
    """
    files, skipped = list_folder(path, _is_image)
    return _open_images(path, files, skipped, Images(size, cut), strict=strict, progress=progress)


def open_image_zip(
    path: Path,
    *,
    size: tuple[int, int] | None = None,
    cut: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Open a zip of images as `open_image_folder` opens the folder it was made from."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise BadFile(f"{path} is not a zip file, or a damaged one; fetch it again.") from error
    with archive:
        files = _list_zip(path, archive)
        return _open_images(path, files, [], Images(size, cut), strict=strict, progress=progress)


def _open_images(
    path: Path,
    files: Sequence[ListedFile],
    skipped: Sequence[Skipped],
    kind: Kind,
    *,
    strict: bool,
    progress: Progress | None,
) -> Dataset:
    if not files:
        raise _no_images(path)
    found = prepared(path.resolve(), files, skipped, kind, strict=strict, progress=progress)
    return arranged(path, found, kind)


def arranged(path: Path, found: Prepared, kind: Kind, **about: Any) -> Dataset:
    """Prepared files as a data set: folders are labels, or the official split.

    Parameters
    ----------
    path : the folder or zip.
    found : its files.
    kind : of them.
    **about : more of `Dataset`.
    """
    arrangement = _arrange(found.ids)
    ids = np.array(found.ids, dtype=np.str_)
    labels = None if arrangement.labels is None else np.array(arrangement.labels, dtype=np.str_)

    def part(rows: slice, test: Dataset | None, skipped: tuple[Skipped, ...]) -> Dataset:
        return Dataset(
            name=name_of(path),
            items=found.items[rows],
            ids=ids[rows],
            labels=None if labels is None else labels[rows],
            kind="images",
            columns=None,
            test=test,
            skipped=skipped,
            pictures=None if found.pictures is None else found.pictures[rows],
            source=f"{kind.noun} in {path}, {found.note}",
            **about,
        )

    test = None if arrangement.test is None else part(arrangement.test, None, ())
    return part(arrangement.train, test, found.skipped)


# --- which files ----------------------------------------------------------------------------


def image_files(path: Path) -> list[str]:
    """The images below a folder, as paths relative to it; of a file its own name.

    Raises
    ------
    NoData
        If there is nothing of that name.
    BadInput
        If there are no images.
    """
    if path.is_file():
        return [path.name]
    if not path.is_dir():
        raise NoData(f"there is no file or folder {path}.")
    files, _ = list_folder(path, _is_image)
    if not files:
        raise _no_images(path)
    return [file.path for file in files]


def list_folder(root: Path, fits: Callable[[str], bool]) -> tuple[list[ListedFile], list[Skipped]]:
    """The files below a folder whose names fit, by path; folders and links that lead nowhere are
    reported."""
    files: list[ListedFile] = []
    skipped: list[Skipped] = []

    def report(error: OSError) -> None:
        path = Path(error.filename).relative_to(root).as_posix()
        skipped.append(Skipped(path, (error.strerror or str(error)).lower()))

    seen: set[str] = set()  # folders that were entered: a link back up must not be followed
    for place, folders, names in os.walk(root, followlinks=True, onerror=report):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in filter(fits, names):
            path = Path(place, name)
            try:
                status = path.stat()
            except OSError as error:
                report(error)
                continue
            relative = path.relative_to(root).as_posix()
            opener = partial(_open_file, path)
            files.append(ListedFile(relative, status.st_size, status.st_mtime_ns, opener))
    return sorted(files, key=lambda file: file.path), skipped


def _list_zip(path: Path, archive: zipfile.ZipFile) -> list[ListedFile]:
    """The images of a zip, by path."""
    changed = path.stat().st_mtime_ns
    return sorted(
        (
            ListedFile(
                member.filename, member.file_size, changed, partial(_open_member, archive, member)
            )
            for member in archive.infolist()
            if _is_image(member.filename)
        ),
        key=lambda file: file.path,
    )


def _open_file(path: Path) -> BinaryIO:
    return path.open("rb")


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    if member.file_size > _LARGEST_MEMBER:
        raise ValueError(f"unpacks to {member.file_size} bytes; at most {_LARGEST_MEMBER} are read")
    return io.BytesIO(archive.read(member))


def has_suffix(path: str, suffixes: Collection[str]) -> bool:
    """Whether a file has one of these suffixes, and neither it nor its folder is hidden."""
    pure = PurePosixPath(path)
    hidden = any(part.startswith(".") for part in pure.parts)
    return not hidden and pure.suffix.lower() in suffixes


def _is_image(path: str) -> bool:
    return has_suffix(path, image_suffixes())


def _no_images(path: Path) -> BadInput:
    below = "" if path.is_file() else _other_files_below(path)
    suffixes = " ".join(sorted(image_suffixes()))
    return BadInput(
        f"{path} holds no images; files with these suffixes are read: {suffixes}.{below}"
    )


def _other_files_below(path: Path) -> str:
    """A hint where folders below hold files that are read by name, or many by a pattern."""
    suffix = next((p.suffix for p in path.rglob("*.*") if p.suffix in _MANY), None)
    if suffix is None:
        return ""
    return (
        f" Below it lie {suffix} files: name one, or encode all by a pattern, "
        f"'{path}/**/*{suffix}'."
    )


# --- which labels, which split --------------------------------------------------------------


@dataclass(frozen=True)
class _Arrangement:
    train: slice
    test: slice | None
    labels: list[str] | None


def _arrange(ids: Sequence[str]) -> _Arrangement:
    """Labels and official split of sorted paths.

    Sorted, the files of one top folder lie together, so that both parts of a split are slices and
    stay memory maps.
    """
    parts = [path.split("/") for path in ids]
    tops = [part[0] if len(part) > 1 else "" for part in parts]
    test_top = _SPLITS.get(frozenset(tops))
    if test_top is None:
        return _Arrangement(slice(None), None, _labels(parts))
    first = tops.index(test_top)
    count = tops.count(test_top)
    test = slice(first, first + count)
    train = slice(count, None) if first == 0 else slice(0, first)
    return _Arrangement(train, test, _labels([part[1:] for part in parts]))


def _labels(parts: Sequence[Sequence[str]]) -> list[str] | None:
    """The first folder of each path, or None if any image lies in no folder."""
    if any(len(part) < 2 for part in parts):
        return None
    return [part[0] for part in parts]
