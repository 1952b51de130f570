"""From arrays to pictures in the page: PNG inside the HTML, one image pixel per number."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isthmus.data.parts import Parts
from isthmus.report.colours import diverging, ramp_css, sequential
from isthmus.report.markup import escape
from isthmus.report.text import MINUS, signed

__all__ = [
    "PartWindow",
    "Sunlight",
    "Window",
    "difference",
    "diverging_picture",
    "grid_of",
    "image",
    "painted",
    "png_uri",
    "scale_bar",
    "sequential_picture",
    "sunlight_on",
    "window_of",
]

Array = NDArray[Any]
Bytes = NDArray[np.uint8]

# Larger pictures are averaged down: more pixels than these are not seen at the size of a tile.
LONGEST_SIDE = 96
EIGHT_BIT = 255
# Vermilion of Okabe and Ito's palette: no picture is full of it, and all eyes tell it from grey.
HIDDEN = (213, 94, 0)


@dataclass(frozen=True)
class Window:
    """The values that are shown as black and as white, in the user's units."""

    low: float
    high: float

    def show(self, item: Array) -> Bytes:
        """An item, shape (H, W) or (H, W, C), as bytes of shape (H, W) or (H, W, 3)."""
        values = item.astype(np.float64)
        if values.ndim == 3:
            values = _visible_channels(values)
        shares = (values - self.low) / (self.high - self.low)
        return _bytes(np.nan_to_num(shares))

    def text(self, dtype: np.dtype[Any]) -> str:
        """What black and white mean; nothing for bytes, where it is plain."""
        if dtype == np.uint8:
            return ""
        return f"Black is {signed(self.low)}, white is {signed(self.high)} in the data's own units."


@dataclass(frozen=True)
class PartWindow:
    """A window on the pictures that rows of pictures with numbers begin with."""

    window: Window
    parts: Parts

    def show(self, item: Array) -> Bytes:
        """A row, shape (p,), as bytes; what is missing is black."""
        return self.window.show(self.parts.split(item[None])[0][0])

    def text(self, dtype: np.dtype[Any]) -> str:
        """What black and white mean."""
        return "" if (self.window.low, self.window.high) == (0.0, 1.0) else self.window.text(dtype)


@dataclass(frozen=True)
class Sunlight:
    """Surfaces as they look with the sun in the north-west, 45 degrees high.

    Attributes
    ----------
    steep : float
        The usual difference of two neighbouring heights, which is shown as a slope of 45 degrees.
    """

    steep: float

    def show(self, item: Array) -> Bytes:
        """An item, shape (H, W), as bytes; where it has no heights it is black."""
        down, across = np.gradient(item.astype(np.float64) / self.steep)
        # The cosine between the sun and the surface's normal.
        facing = (1 + (across + down) / 2**0.5) / np.sqrt(2 * (1 + across**2 + down**2))
        return _bytes(np.nan_to_num(facing))

    def text(self, dtype: np.dtype[Any]) -> str:
        """How it is shown."""
        return "Heights are shown as with the sun in the north-west."


def sunlight_on(items: Array) -> Sunlight:
    """Light for a sample of surfaces, shape (n, H, W)."""
    steps = np.diff(items.astype(np.float64), axis=1), np.diff(items.astype(np.float64), axis=2)
    usual = float(np.sqrt(np.mean([np.nanmean(np.square(step)) for step in steps])))
    return Sunlight(usual or 1.0)


def _bytes(shares: Array) -> Bytes:
    return np.rint(np.clip(shares, 0.0, 1.0) * EIGHT_BIT).astype(np.uint8)


def window_of(items: Array) -> Window:
    """Black and white for a sample of pictures.

    Bytes are shown as they are. 16-bit and float pictures seldom fill their range, so theirs is
    stretched between the extremes, without the thousandth of outliers at either end.
    """
    if items.dtype == np.uint8:
        return Window(0.0, 255.0)
    if items.dtype.kind == "f" and np.nanmin(items) >= 0.0 and np.nanmax(items) <= 1.0:
        return Window(0.0, 1.0)
    low, high = (float(value) for value in np.nanpercentile(items, (0.1, 99.9)))
    return Window(low, high) if high > low else Window(low, low + 1.0)


def _visible_channels(values: Array) -> Array:
    """Grey or three colours: one and two channels are averaged, of four and more three are kept."""
    return values.mean(axis=2) if values.shape[2] < 3 else values[:, :, :3]


def painted(picture: Bytes, hidden: NDArray[np.bool_]) -> Bytes:
    """A picture, (H, W) or (H, W, 3), with its hidden places in a colour of their own."""
    colours = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=-1)
    return np.where(hidden[..., None], np.array(HIDDEN, np.uint8), colours)


def difference(restored: Array, original: Array) -> Array:
    """Signed difference, shape (H, W): restored minus original, averaged over channels."""
    gap = restored.astype(np.float64) - original.astype(np.float64)
    return gap.mean(axis=2) if gap.ndim == 3 else gap


def diverging_picture(values: Array, limit: float) -> Bytes:
    """Signed numbers, shape (H, W), as coloured pixels."""
    return diverging(values, limit)


def sequential_picture(values: Array, low: float, high: float) -> Bytes:
    """Numbers, shape (H, W), as coloured pixels."""
    return sequential(values, low, high)


def grid_of(values: Array) -> Array:
    """A vector as a near-square grid, shape (k,) -> (rows, columns), filled up with NaN."""
    k = len(values)
    columns = int(np.ceil(np.sqrt(k)))
    # A divisor near the root gives a full rectangle: 32 numbers are 4 x 8 rather than 6 x 6 less 4.
    for wider in range(columns, 2 * columns + 1):
        if k % wider == 0:
            columns = wider
            break
    rows = -(-k // columns)
    grid = np.full(rows * columns, np.nan)
    grid[:k] = values
    return grid.reshape(rows, columns)


def png_uri(pixels: Bytes, longest: int = LONGEST_SIDE, blank: Array | None = None) -> str:
    """Pixels, shape (H, W) or (H, W, 3), as a data URI; ``blank`` marks transparent ones."""
    if blank is not None and blank.any():
        alpha = np.where(blank, 0, EIGHT_BIT).astype(np.uint8)
        pixels = np.dstack([pixels, alpha])
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    share = longest / max(picture.size)
    if share < 1:
        size = tuple(max(1, round(side * share)) for side in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.BOX)
    stream = io.BytesIO()
    picture.save(stream, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def image(
    pixels: Bytes,
    alt: str,
    *,
    kind: str = "item",
    longest: int = LONGEST_SIDE,
    blank: Array | None = None,
) -> str:
    """An ``<img>`` of some pixels; ``alt`` is plain text and also what hovering shows."""
    text = escape(alt)
    return (
        f'<img class="{kind}" src="{png_uri(pixels, longest, blank)}" alt="{text}" title="{text}">'
    )


def scale_bar(kind: str, low: float, high: float, unit: str) -> str:
    """The legend of a ramp, with its ends and its unit."""
    low_text, high_text = (f"{value:.3g}".replace("-", MINUS) for value in (low, high))
    ends = f"<span>{low_text}</span>", f"<span>{high_text}</span>"
    label = escape(f"colours from {low_text} to {high_text} {unit}")
    return (
        f'<div class="scale" role="img" aria-label="{label}">{ends[0]}'
        f'<span class="ramp" style="background:{ramp_css(kind)}"></span>{ends[1]}'
        f'<span class="unit">{escape(unit)}</span></div>'
    )
