"""Sheets of small pictures with words beside them, which can be read on white and on black."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["sheet"]

Pixels = NDArray[np.uint8]

# Between tiles, of a line of words, and of words above or below a tile; in pixels.
GAP, TEXT, SMALL = 6, 17, 13
# As far from white as from black.
INK = (126, 132, 138)


def sheet(
    path: Path,
    rows: Sequence[tuple[str, Sequence[Pixels]]],
    *,
    side: int = 64,
    below: Sequence[Sequence[str]] | None = None,
    colours: int | None = 128,
) -> None:
    """Draw rows of tiles with their names.

    Parameters
    ----------
    path : Path
        PNG.
    rows : sequence of (str, pictures)
        Bytes, (H, W) or (H, W, 3).
    side : int
        Height of a tile in pixels.
    below : sequence of sequence of str, or None
        Words below each tile of each row.
    colours : int or None
        So many, or all.
    """
    font, small = ImageFont.load_default(TEXT), ImageFont.load_default(SMALL)
    beside = max((int(font.getlength(name)) for name, _ in rows), default=0)
    beside += 2 * GAP if beside else 0
    tiles = [[resized(each, side) for each in of_row] for _, of_row in rows]
    under = [SMALL + GAP if below and any(below[number]) else 0 for number in range(len(rows))]
    width = beside + max(sum(tile.width + GAP for tile in row) for row in tiles)
    page = Image.new("RGBA", (width, len(rows) * (side + GAP) - GAP + sum(under)))
    pen = ImageDraw.Draw(page)
    for number, ((name, _), row) in enumerate(zip(rows, tiles, strict=True)):
        left, top = beside, number * (side + GAP) + sum(under[:number])
        pen.text((0, top + (side - TEXT) // 2), name, INK, font)
        for place, tile in enumerate(row):
            page.paste(tile, (left, top))
            if below:
                pen.text((left, top + side + 2), below[number][place], INK, small)
            left += tile.width + GAP
    if colours is not None:
        page = page.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    page.save(path, optimize=True)


def resized(picture: Pixels, height: int) -> Image.Image:
    """A picture of that height; small ones keep their square pixels."""
    image = Image.fromarray(picture)
    size = round(image.width * height / image.height), height
    whole = size[0] % image.width == 0 and height % image.height == 0
    return image.resize(size, Image.Resampling.NEAREST if whole else Image.Resampling.BICUBIC)
