"""Elevation maps -> a data set of square pieces, in the maps' own unit."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isthmus.data.dataset import Dataset, Progress, Skipped, name_of
from isthmus.data.height_files import HEIGHT_SUFFIXES, as_heights, read_height_file
from isthmus.errors import BadInput, NoData

__all__ = ["HEIGHT_SETTINGS", "height_files", "open_heights"]

HEIGHT_SETTINGS = frozenset({"size", "strict", "progress", "hidden"})
"""What `open_heights` takes."""

# Pixels on a side of a piece where nobody chose: patches are cut out of it while training.
SIDE, MULTIPLE = 192, 16

Heights = NDArray[np.floating]


def open_heights(
    path: Path,
    *,
    size: tuple[int, int] | None = None,
    strict: bool = False,
    progress: Progress | None = None,
    hidden: float | None = None,
) -> Dataset:
    """Open elevation maps as pieces at their own resolution, which overlap to cover each map.

    Parameters
    ----------
    path : a map, a folder of them, or an .npz of arrays (height, width).
    size : (height, width) of a piece; by default squares of 192, or what fits the smallest map.
    strict : whether a map that cannot be read is an error, not an entry of ``Dataset.skipped``.
    progress : called as ``progress(stage, done, total)``.
    hidden : a height that means no data.

    Raises
    ------
    BadInput
        If there are no maps, or `strict` and one cannot be read.
    """
    maps: dict[str, Heights] = {}
    skipped: list[Skipped] = []
    for number, (name, found, total) in enumerate(_maps(path)):
        if isinstance(found, BadInput):
            if strict:
                raise found
            skipped.append(Skipped(name, str(found)))
        else:
            maps[name] = np.where(found == hidden, np.nan, found).astype(np.float32)
        if progress is not None:
            progress("reading maps", number + 1, total)
    if not maps:
        raise BadInput(f"none of the maps in {path} can be read: {skipped[0].reason}")
    size = size or _common_size(list(maps.values()))
    pieces: list[Heights] = []
    ids: list[str] = []
    numbers: list[int] = []
    for number, (name, heights) in enumerate(maps.items()):
        for row, column, piece in _pieces(heights, size):
            pieces.append(piece)
            ids.append(f"{name}@{row},{column}")
            numbers.append(number)
    if not pieces:
        raise BadInput(f"the maps in {path} hold no piece of {size[0]}x{size[1]} with heights.")
    return Dataset(
        name=name_of(path),
        items=np.stack(pieces),
        ids=np.array(ids, np.str_),
        labels=None,
        kind="images",
        columns=None,
        test=None,
        skipped=tuple(skipped),
        source=f"{len(maps)} elevation maps in {path}, in pieces of {size[0]}x{size[1]}",
        pictures=np.array(numbers, np.intp),
    )


def height_files(path: Path) -> list[str]:
    """The maps below a folder, as paths relative to it; of a file its own name.

    Raises
    ------
    NoData
        If there is nothing of that name.
    BadInput
        If there are no maps.
    """
    if path.is_file():
        return [path.name]
    if not path.is_dir():
        raise NoData(f"there is no file or folder {path}.")
    found = sorted(
        file.relative_to(path).as_posix()
        for file in path.rglob("*")
        if file.suffix.lower() in HEIGHT_SUFFIXES and not file.name.startswith(".")
    )
    if not found:
        raise BadInput(f"{path} holds no elevation maps ({', '.join(HEIGHT_SUFFIXES)}).")
    return found


def _maps(path: Path) -> Iterator[tuple[str, Heights | BadInput, int]]:
    """Each map's name, its heights or why it has none, and how many maps there are."""
    if path.suffix.lower() == ".npz":
        yield from _arrays(path)
        return
    names = height_files(path)
    folder = path.parent if path.is_file() else path
    for name in names:
        try:
            yield name, read_height_file(folder / name).values, len(names)
        except BadInput as error:
            yield name, error, len(names)


def _arrays(path: Path) -> Iterator[tuple[str, Heights | BadInput, int]]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for name in arrays.files:
                try:
                    yield name, as_heights(arrays[name], f"{name} in {path}"), len(arrays.files)
                except BadInput as error:
                    yield name, error, len(arrays.files)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} cannot be read as arrays: {error}.") from None


def _common_size(maps: list[Heights]) -> tuple[int, int]:
    side = min(SIDE, *(min(heights.shape) for heights in maps))
    side = max(MULTIPLE, side // MULTIPLE * MULTIPLE)
    return side, side


def _pieces(heights: Heights, size: tuple[int, int]) -> Iterator[tuple[int, int, Heights]]:
    """Pieces with their first row and column, the fewest that cover a map, evenly spread."""
    lack = [(0, max(0, wanted - side)) for side, wanted in zip(heights.shape, size, strict=True)]
    heights = np.pad(heights, lack, constant_values=np.nan)
    rows, columns = (
        np.linspace(0, side - wanted, -(-side // wanted)).round().astype(int)
        for side, wanted in zip(heights.shape, size, strict=True)
    )
    for row in rows:
        for column in columns:
            piece = heights[row : row + size[0], column : column + size[1]]
            # Little can be learnt from a margin.
            if np.isfinite(piece).mean() >= 0.5:
                yield int(row), int(column), piece
