"""One picture file at its own size, read to be mended and written back in its own form.

============  ===============================================================================
read          what the file holds becomes values in 0..1; transparent pixels are told apart
written       the same format, depth and channels; a JPEG at quality 95, WebP without loss
============  ===============================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from isthmus.data.images import bombs_refused, formats, reason
from isthmus.errors import BadInput

__all__ = ["PictureFile", "read_picture_file"]

BYTE, WORD = 255, 65535
_SAVING: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "MPO": {"format": "JPEG", "quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
    "JPEG2000": {"irreversible": False},
    "AVIF": {"quality": 95},
}


@dataclass(frozen=True)
class PictureFile:
    """A picture as it lies on disk.

    Attributes
    ----------
    values : ndarray of float32, shape (H, W) or (H, W, 3)
        Pixels in 0..1.
    alpha : ndarray of uint8, shape (H, W), or None
        How opaque each pixel is, where the file says so.
    depth : int or None
        The largest value of a pixel in the file, 255 or 65535; None where pixels are floats.
    format : str
        Pillow's name of the file's format.
    """

    values: NDArray[np.float32]
    alpha: NDArray[np.uint8] | None
    depth: int | None
    format: str

    def write(self, path: Path, values: NDArray[np.floating], *, opaque: bool = False) -> None:
        """Write other values, (H, W) or (H, W, 3), in this file's form.

        ``opaque`` leaves the transparency out, where holes have been filled.
        """
        picture = Image.fromarray(self._pixels(values))
        if self.alpha is not None and not opaque:
            picture.putalpha(Image.fromarray(self.alpha).resize(picture.size))
        saving = {"format": self.format, **_SAVING.get(self.format, {})}
        picture.save(path, **saving)

    def _pixels(self, values: NDArray[np.floating]) -> NDArray[Any]:
        # Pillow has no colour pictures of 16 bits or floats.
        depth = self.depth if values.ndim == 2 else BYTE
        if depth is None:
            return values.astype(np.float32)
        pixels = np.rint(np.clip(values, 0.0, 1.0) * depth)
        return pixels.astype(np.uint16 if depth == WORD else np.uint8)


def read_picture_file(path: Path) -> PictureFile:
    """Read one picture at its own size.

    Raises
    ------
    BadInput
        If it is no picture, a damaged one, or one of more pixels than `bombs_refused` lets through.
    """
    try:
        with bombs_refused(), Image.open(path, formats=formats()) as image:
            kind = str(image.format)
            upright = ImageOps.exif_transpose(image)
            upright.load()
    except Exception as error:  # a damaged file can raise almost anything in a decoder
        raise BadInput(f"{path} cannot be read as a picture: {reason(error)}.") from None
    if upright.mode.startswith("I"):
        pixels = np.asarray(upright).astype(np.float32) / np.float32(WORD)
        return PictureFile(pixels, None, WORD, kind)
    if upright.mode == "F":
        return PictureFile(np.asarray(upright, np.float32), None, None, kind)
    grey, alpha = Image.getmodebase(upright.mode) == "L", None
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        alpha = np.asarray(upright.getchannel("A"))
    pixels = np.asarray(upright.convert("L" if grey else "RGB"), np.float32) / np.float32(BYTE)
    return PictureFile(pixels, alpha, BYTE, kind)
