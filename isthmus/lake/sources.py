"""What a lake is made of: sources, which are files that belong together, cut into pieces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from isthmus.lake.listing import Listed

__all__ = ["PREFIX", "Piece", "Source", "piece_file", "pieces_of", "sources_of"]

#: What files of codes are called.
PREFIX = "part-"


@dataclass(frozen=True)
class Piece:
    """Some of the input, and the file that its codes go to.

    Attributes
    ----------
    file : str
        See `piece_file`.
    paths : tuple of str
        The input, below the lake's root.
    first : int
        The row that the piece begins with, where the input is one file.
    count : int or None
        Rows; None is all there are.
    """

    file: str
    paths: tuple[str, ...]
    first: int
    count: int | None

    def to_dict(self) -> dict[str, Any]:
        """The piece as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(**{**values, "paths": tuple(values["paths"])})


@dataclass(frozen=True)
class Source:
    """Files that are cut into pieces together: one with many rows, or many with an item each.

    Attributes
    ----------
    first : str
        The first of its files.
    n_files : int
        None are left of a source that went before it was encoded.
    digest : str
        Of the names, the sizes and the versions of the files.
    slices : tuple of (int, int or None)
        The first row and the number of rows of each piece; empty where that is still to be found.
    """

    first: str
    n_files: int
    digest: str
    slices: tuple[tuple[int, int | None], ...] = ()

    @classmethod
    def of(cls, files: Sequence[Listed]) -> Self:
        """The source that some files are, which is not cut yet."""
        listing = json.dumps([asdict(file) for file in files])
        digest = hashlib.sha256(listing.encode()).hexdigest()[:16]
        return cls(files[0].path, len(files), digest)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict`, also after a round trip through JSON."""
        return cls(**{**values, "slices": tuple((n, m) for n, m in values["slices"])})


def sources_of(files: Sequence[Listed], together: int) -> list[Source]:
    """The files as sources of so many each, in their order."""
    starts = range(0, len(files), together)
    return [Source.of(files[start : start + together]) for start in starts]


def pieces_of(sources: Sequence[Source], files: Sequence[Listed]) -> Iterator[Piece]:
    """All pieces, in the order of the input."""
    start = 0
    for number, source in enumerate(sources):
        paths = tuple(file.path for file in files[start : start + source.n_files])
        start += source.n_files
        for part, (first, count) in enumerate(source.slices):
            yield Piece(piece_file(number, part), paths, first, count)


def piece_file(source: int, part: int) -> str:
    """The file of a piece's codes: in the order of these names are the codes in the input's."""
    return f"{PREFIX}{source:06d}-{part:06d}.parquet"
