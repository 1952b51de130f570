"""How image files of any size become pictures of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from isthmus.data.images import (
    Header,
    bombs_refused,
    n_pieces,
    read_header,
    read_image,
    read_pieces,
)
from isthmus.data.prepared import Plan

__all__ = ["Images"]

_LONGEST_SIDE = 128  # pixels, of images whose size nobody chose


@dataclass(frozen=True)
class Images:
    """Image files, resized or cut into pieces.

    Parameters
    ----------
    size : (height, width) in pixels; by default the commonest one, its longer side at most 128.
    cut : whether images are cut into pieces of that size and not resized to it; by default squares
        of 128 pixels, or what fits into the commonest image.
    """

    noun: ClassVar[str] = "images"
    size: tuple[int, int] | None = None
    cut: bool = False

    def settings(self) -> object:
        return self.size, self.cut

    def guard(self) -> AbstractContextManager[object]:
        return bombs_refused()

    def look(self, file: BinaryIO) -> Header:
        return read_header(file)

    def plan(self, looks: Sequence[Header]) -> Plan:
        size, note = (_piece_size if self.cut else _common_size)(looks, self.size)
        grey = all(header.grey for header in looks)
        read = partial(read_pieces if self.cut else _read_whole, size=size, grey=grey)
        most = sum(n_pieces(header, size) if self.cut else 1 for header in looks)
        return Plan(read, size if grey else (*size, 3), most, note, self.cut)


def _read_whole(file: BinaryIO, size: tuple[int, int], *, grey: bool) -> NDArray[np.uint8]:
    return read_image(file, size, grey=grey)[None]


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
