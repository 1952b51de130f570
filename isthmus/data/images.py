"""One image file -> one array of 8-bit pixels, whatever its mode.

==========================  =====================================================================
the file holds              it becomes
==========================  =====================================================================
grey, 1 or 8 bits           grey as it is
grey, 16 bits               value / 257, rounded, so that 0..65535 is 0..255
grey, float                 value * 255, rounded; values outside 0..1 are refused
transparency                laid on white
a palette, CMYK, YCbCr      RGB
several frames              the first
an EXIF rotation            the picture as it is meant to be seen
==========================  =====================================================================
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

__all__ = [
    "Header",
    "bombs_refused",
    "formats",
    "image_suffixes",
    "n_pieces",
    "read_header",
    "read_image",
    "read_pieces",
    "reason",
]

# Not everything Pillow opens: EPS starts another program, and HDF5, GRIB and others are stubs.
_FORMATS = (
    "PNG JPEG MPO WEBP TIFF BMP DIB GIF PPM JPEG2000 TGA PCX SGI ICO AVIF QOI".split()  # noqa: SIM905
)
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height


@dataclass(frozen=True)
class Header:
    """What an image file says of itself before its pixels are read."""

    size: tuple[int, int]  # (height, width) as seen, in pixels
    grey: bool


@cache
def formats() -> tuple[str, ...]:
    """Pillow's names of the formats that are read."""
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


@cache
def image_suffixes() -> frozenset[str]:
    """The suffixes of the image files that are read, in lower case, with the dot."""
    registered = Image.registered_extensions()
    return frozenset(suffix for suffix, name in registered.items() if name in formats())


@contextmanager
def bombs_refused() -> Iterator[None]:
    """Within the block an image of more than ``PIL.Image.MAX_IMAGE_PIXELS`` is an error.

    Pillow only warns up to twice that number, after which memory may be gone already.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def read_header(file: BinaryIO) -> Header:
    """Size and greyness of an image, without its pixels."""
    with Image.open(file, formats=formats()) as image:
        width, height = image.size
        # Asking a PNG without EXIF for its EXIF would decode all of its pixels.
        exif = image.getexif() if "exif" in image.info else {}
        if exif.get(ExifTags.Base.Orientation) in _SIDEWAYS:
            width, height = height, width
        return Header((height, width), Image.getmodebase(image.mode) == "L")


def read_image(file: BinaryIO, size: tuple[int, int], *, grey: bool) -> NDArray[np.uint8]:
    """Read one image at a given size.

    Parameters
    ----------
    file : an open binary file.
    size : (height, width) in pixels. A picture of another size is stretched to it, antialiased.
    grey : whether the result has one channel.

    Returns
    -------
    array of uint8, shape (height, width) if `grey`, else (height, width, 3).

    Raises
    ------
    Exception
        Nearly anything: decoders fail in many ways on a damaged file. See `reason`.
    """
    height, width = size
    with Image.open(file, formats=formats()) as image:
        # A JPEG can be decoded at a fraction of its size. The square serves both orientations.
        image.draft(None, (2 * max(size), 2 * max(size)))
        flat = _plain(image, grey=grey)
    if flat.size != (width, height):
        flat = flat.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(flat)


def n_pieces(header: Header, size: tuple[int, int]) -> int:
    """Pieces of a size that a picture is cut into; one that is too small is filled up to one."""
    return prod(max(1, side // wanted) for side, wanted in zip(header.size, size, strict=True))


def read_pieces(file: BinaryIO, size: tuple[int, int], *, grey: bool) -> NDArray[np.uint8]:
    """Read one image at its own resolution, cut into pieces from its middle.

    Parameters
    ----------
    file : an open binary file.
    size : (height, width) of a piece in pixels; a picture that is smaller is mirrored at its edges.
    grey : whether the result has one channel.

    Returns
    -------
    array of uint8, shape (n, height, width) if `grey`, else (n, height, width, 3).
    """
    with Image.open(file, formats=formats()) as image:
        pixels = np.asarray(_plain(image, grey=grey))
    missing = [max(0, wanted - side) for side, wanted in zip(pixels.shape, size, strict=False)]
    beside = [(lack // 2, lack - lack // 2) for lack in missing] + [(0, 0)] * (pixels.ndim - 2)
    pixels = np.pad(pixels, beside, mode="symmetric")
    down, across = (side // wanted for side, wanted in zip(pixels.shape, size, strict=False))
    height, width = size
    top, left = (pixels.shape[0] - down * height) // 2, (pixels.shape[1] - across * width) // 2
    middle = pixels[top : top + down * height, left : left + across * width]
    pieces = middle.reshape(down, height, across, width, *pixels.shape[2:]).swapaxes(1, 2)
    return pieces.reshape(-1, *size, *pixels.shape[2:])


def reason(error: Exception) -> str:
    """Why an image could not be read, in one line."""
    if isinstance(error, UnidentifiedImageError):
        return "not an image that Pillow can read"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    lines = str(error).splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _plain(image: Image.Image, *, grey: bool) -> Image.Image:
    """An image as it is meant to be seen, in 8-bit grey or RGB."""
    upright = ImageOps.exif_transpose(image)
    return _eight_bits(upright).convert("L" if grey else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """An image of 8-bit channels without transparency."""
    if image.mode.startswith("I"):
        return Image.fromarray(_from_16_bits(np.asarray(image)))
    if image.mode == "F":
        return Image.fromarray(_from_unit_range(np.asarray(image)))
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured)
    return image


def _from_16_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    lowest, highest = int(pixels.min()), int(pixels.max())
    if lowest < 0 or highest > 65535:
        raise ValueError(f"integer pixels run from {lowest} to {highest}; expected 0 to 65535")
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _from_unit_range(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    # Written so that NaN fails too.
    if not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError(
            f"float pixels run from {pixels.min():g} to {pixels.max():g}; expected 0 to 1"
        )
    return np.rint(pixels * 255).astype(np.uint8)
