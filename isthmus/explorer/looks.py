"""How an item looks: a picture, a sound, a row of named values."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isthmus.data import Parts, Spectrum, TableEncoding
from isthmus.data.wav import wav_bytes
from isthmus.errors import BadInput
from isthmus.report.pictures import PartWindow, Sunlight, Window

__all__ = ["Looks"]

Array = NDArray[Any]

# Larger pictures are averaged down: more pixels are not seen in the panel.
LONGEST_SIDE = 512
# On the wire a small picture matters less than the time to press it.
QUICK = 1


@dataclass(frozen=True)
class Looks:
    """What is shown of items.

    Attributes
    ----------
    window : Window, Sunlight, PartWindow or None
        Black and white of pictures; None where items are rows alone.
    spectrum : Spectrum or None
        Where pictures are sounds.
    parts : Parts or None
        Where numbers are beside pictures.
    table : TableEncoding or None
        How columns became numbers.
    columns : tuple of str
        Names of the numbers.
    """

    window: Window | Sunlight | PartWindow | None
    spectrum: Spectrum | None
    parts: Parts | None
    table: TableEncoding | None
    columns: tuple[str, ...]

    def pixels(self, item: Array) -> NDArray[np.uint8]:
        """An item as bytes, shape (H, W) or (H, W, 3); raises `BadInput` where it is a row."""
        if self.window is None:
            raise BadInput("items of this run are rows of a table, which have no picture.")
        return self.window.show(item)

    def png(self, item: Array) -> bytes:
        """The PNG file of an item."""
        return png_of(self.pixels(item))

    def strip(self, items: Array) -> bytes:
        """The PNG file of items beside each other."""
        return png_of(np.concatenate([self.pixels(item) for item in items], axis=1), longest=None)

    def wav(self, item: Array) -> bytes:
        """The WAV file of an item; raises `BadInput` where it is no sound."""
        if self.spectrum is None:
            raise BadInput("items of this run are no sounds.")
        return wav_bytes(self.spectrum.sound(item), self.spectrum.rate)

    def row(self, item: Array) -> list[float | str | None]:
        """The value in each of `names`, None where it is missing; empty for pictures alone."""
        if not self.columns:
            return []
        numbers = self.parts.split(item[None])[1][0] if self.parts else item.reshape(-1)
        if self.table is None:
            return [_number(value) for value in numbers]
        found: list[float | str | None] = []
        first = 0
        for column in self.table.columns:
            values = numbers[first : (first := first + len(column.encoded))]
            if column.levels is None:
                found.append(_number(values[0]))
            else:
                gap = np.isnan(values).any()
                found.append(None if gap else column.levels[int(np.argmax(values))])
        return found

    @property
    def names(self) -> list[str]:
        """What the values of `row` are called: the user's columns."""
        return [c.name for c in self.table.columns] if self.table else list(self.columns)


def png_of(pixels: NDArray[np.uint8], longest: int | None = LONGEST_SIDE) -> bytes:
    """The PNG file of pixels, shape (H, W) or (H, W, 3)."""
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if longest is not None and max(picture.size) > longest:
        picture.thumbnail((longest, longest), Image.Resampling.BOX)
    content = io.BytesIO()
    picture.save(content, format="PNG", compress_level=QUICK)
    return content.getvalue()


def _number(value: Any) -> float | None:
    # JSON has no NaN.
    return float(f"{value:.6g}") if math.isfinite(value) else None
