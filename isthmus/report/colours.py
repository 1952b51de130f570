"""Colours that colour-blind readers tell apart: ramps for numbers, a palette for labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_COLOURS", "diverging", "ramp_css", "sequential"]

Bytes = NDArray[np.uint8]

# Blue for too little, vermillion for too much, near-white between: safe for all common forms of
# colour blindness, and symmetric in lightness.
_DIVERGING = (
    "#08306b", "#2171b5", "#74add1", "#c6dbea", "#f7f7f5",
    "#f8d3b8", "#ee9460", "#cc5210", "#7f2704",
)  # fmt: skip
# Points of cividis: Nunez, Anderton and Renslow, "Optimizing colormaps with consideration for color
# vision deficiency" (PLOS ONE 2018).
_SEQUENTIAL = (
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173",
    "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
)  # fmt: skip

#: Colours ``--c0`` .. in the style sheet (Okabe and Ito, 2008); labels beyond these take a second
#: and a third shape of marker.
N_COLOURS = 7


def diverging(values: NDArray[Any], limit: float) -> Bytes:
    """Signed numbers as colours, shape (...) -> (..., 3); ``limit`` and beyond are darkest."""
    return _mixed(values / (2 * limit or 1.0) + 0.5, _DIVERGING)


def sequential(values: NDArray[Any], low: float, high: float) -> Bytes:
    """Numbers as colours from dark to light, shape (...) -> (..., 3)."""
    return _mixed((values - low) / ((high - low) or 1.0), _SEQUENTIAL)


def ramp_css(kind: str) -> str:
    """The ramp as a CSS gradient, for the legend."""
    anchors = _DIVERGING if kind == "diverging" else _SEQUENTIAL
    return f"linear-gradient(to right, {', '.join(anchors)})"


def _mixed(shares: NDArray[Any], anchors: tuple[str, ...]) -> Bytes:
    """Linear mixing between anchors, at shares of 0..1."""
    stops = np.array([[int(a[i : i + 2], 16) for i in (1, 3, 5)] for a in anchors], dtype=float)
    at = np.clip(np.nan_to_num(shares), 0.0, 1.0)
    grid = np.linspace(0.0, 1.0, len(stops))
    mixed = np.stack([np.interp(at, grid, stops[:, i]) for i in range(3)], axis=-1)
    return np.rint(mixed).astype(np.uint8)
