"""The pictures of the README: before and after, by the models that the benchmarks fitted.

    python benchmarks/before_after.py --models models

Reads ``denoising``, ``holes``, ``colours``, ``terrain/hintereisferner`` and ``kodak`` there, and
pictures of Kodak, whose use is unrestricted, and an elevation map (BSD-3). None was fitted to.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from compression import kodak
from numpy.typing import NDArray
from picture_codecs import best_under
from PIL import Image, ImageDraw, ImageFont
from terrain import hidden_part, read_maps

from isthmus import load
from isthmus.report.pictures import HIDDEN, sunlight_on
from isthmus.uses.compression import Codec

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
# Pixels of a tile and between tiles, and of a line of text.
TILE, GAP, TEXT = 232, 8, 22
BITS_PER_PIXEL = 0.15
# Of WebP, which shows what it must at a sixth of PNG's bytes.
QUALITY = 92
Pixels = NDArray[np.uint8]


def main() -> None:
    """Draw both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, required=True)
    asked = parser.parse_args()
    photos = kodak()
    columns = {
        "noise": noise(asked.models / "denoising", photos[18]),
        "a hole": hole(asked.models / "holes", photos[22]),
        "colours": colours(asked.models / "colours", photos[15]),
        "terrain": terrain(asked.models / "terrain" / "hintereisferner"),
    }
    sheet(columns, ("given", "restored", "original")).save(
        PICTURES / "restored.webp", quality=QUALITY
    )
    codec = Codec(load(asked.models / "kodak"))
    shown = {f"Kodak {number + 1}": compressed(codec, photos[number]) for number in (6, 20, 22, 3)}
    sheet(shown, ("original", "Isthmus", "JPEG 2000")).save(
        PICTURES / "compressed.webp", quality=QUALITY
    )


def noise(model: Path, photo: Pixels) -> list[Pixels]:
    grey = middle(np.asarray(Image.fromarray(photo).convert("L")), TILE)
    noisy = grey + np.random.default_rng(0).normal(0, 25, grey.shape)
    restored = load(model).restore(noisy[None].astype(np.float32))[0]
    return [as_bytes(noisy), as_bytes(restored), grey]


def hole(model: Path, photo: Pixels) -> list[Pixels]:
    small = middle(shrunk(photo, 128), 128)
    hidden = np.zeros((128, 128), bool)
    hidden[48:80, 48:80] = True
    restored = load(model).restore(small[None], hidden[None])[0]
    given = np.where(hidden[..., None], np.array(HIDDEN, np.uint8), small)
    return [given, as_bytes(restored), small]


def colours(model: Path, photo: Pixels) -> list[Pixels]:
    small = middle(shrunk(photo, 160), 160)
    grey = small @ np.array([0.299, 0.587, 0.114])
    restored = load(model).restore(grey[None].astype(np.float32))[0]
    return [as_bytes(grey), as_bytes(restored), small]


def terrain(model: Path) -> list[Pixels]:
    heights = read_maps()["hintereisferner"].astype(np.float32)
    hidden = hidden_part(heights, 0)
    restored = load(model).restore(heights[None], hidden[None])[0]
    light = sunlight_on(heights[None])
    true, filled = light.show(heights), light.show(restored)
    given = np.repeat(true[..., None], 3, -1)
    given[hidden] = HIDDEN
    return [middle(each, TILE) for each in (given, filled, true)]


def compressed(codec: Codec, photo: Pixels) -> list[Pixels]:
    n_bytes = int(BITS_PER_PIXEL * photo.shape[0] * photo.shape[1] / 8)
    ours = codec.decompress(codec.compress(photo, n_bytes=n_bytes))
    theirs = best_under("JPEG 2000", photo, n_bytes)
    assert theirs is not None
    return [middle(each, TILE) for each in (photo, ours, theirs[0])]


def shrunk(photo: Pixels, side: int) -> Pixels:
    share = side / min(photo.shape[:2])
    size = round(photo.shape[1] * share), round(photo.shape[0] * share)
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))


def middle(picture: Pixels, side: int) -> Pixels:
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return picture[top : top + side, left : left + side]


def as_bytes(picture: NDArray[np.floating]) -> Pixels:
    return np.rint(np.clip(picture, 0, 255)).astype(np.uint8)


def sheet(columns: dict[str, list[Pixels]], rows: tuple[str, ...]) -> Image.Image:
    """Tiles in rows and columns, with words above and beside them."""
    font = ImageFont.load_default(TEXT - 6)
    beside = 96
    size = (
        beside + len(columns) * (TILE + GAP),
        TEXT + GAP + len(rows) * (TILE + GAP),
    )
    page = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(page)
    for row, name in enumerate(rows):
        pen.text((0, TEXT + GAP + row * (TILE + GAP) + TILE // 2), name, "black", font)
    for column, (name, tiles) in enumerate(columns.items()):
        left = beside + column * (TILE + GAP)
        pen.text((left, 0), name, "black", font)
        for row, tile in enumerate(tiles):
            resized = Image.fromarray(tile).resize((TILE, TILE), Image.Resampling.BICUBIC)
            page.paste(resized, (left, TEXT + GAP + row * (TILE + GAP)))
    return page


if __name__ == "__main__":
    main()
