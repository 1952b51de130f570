"""From the numbers users have to numbers of size one, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import unknown_name
from isthmus.together import ALONE, Together

__all__ = ["SCALINGS", "Scaling", "fit_scaling"]

Floats = NDArray[np.floating]
Pieces = Iterable[NDArray[Any]]
#: Of each column how many numbers there are, their mean, and the sum of squares around it.
Moments = tuple[Floats, Floats, Floats]


PIXELS = "pixel range 0..1"
UNIT_VALUES = "values as given, 0..1"
PARTS = "pixels as given, and numbers that vary as much in all"


@dataclass(frozen=True)
class Scaling:
    """``scaled = (x - offset) / scale``.

    Attributes
    ----------
    offset, scale : ndarray, shape () or (p,)
    unit : str
        What a scaled number means, in words for reports.
    """

    offset: Floats
    scale: Floats
    unit: str

    @property
    def is_pixels(self) -> bool:
        """Whether scaled values are pixels between 0 and 1."""
        return self.unit in (PIXELS, UNIT_VALUES)

    def apply(self, X: NDArray[Any], dtype: type[np.floating] = np.float32) -> Floats:
        """Scale items, shape (n, p) or (n, *item) where offset and scale are single numbers."""
        # Far from zero, float32 has no digits left for the differences: subtract first, round last.
        exact = np.float64 if self.offset.any() and X.dtype.itemsize > 2 else dtype
        scaled = X.astype(exact)
        if self.offset.any():
            scaled -= self.offset.astype(exact)
        if (self.scale != 1).any():
            scaled /= self.scale.astype(exact)
        return scaled.astype(dtype, copy=False)

    def undo(self, scaled: Floats) -> Floats:
        """Back to the user's units, same shape and precision."""
        return scaled * self.scale.astype(scaled.dtype) + self.offset.astype(scaled.dtype)

    def root(self, mse: float) -> float | None:
        """The root of a mean squared error in the user's unit, where all values have one.

        None for pixels, whose scaled values say more, and for columns with units of their own.
        """
        return None if self.is_pixels or self.scale.ndim else float(mse**0.5 * self.scale)

    def to_dict(self) -> dict[str, Any]:
        """The scaling as JSON can hold it."""
        return {"offset": self.offset.tolist(), "scale": self.scale.tolist(), "unit": self.unit}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Scaling:
        """The inverse of `to_dict`."""
        return cls(np.asarray(values["offset"]), np.asarray(values["scale"]), values["unit"])


def _whole(offset: float, scale: float, unit: str) -> Scaling:
    return Scaling(np.asarray(float(offset)), np.asarray(float(scale)), unit)


def _moments(pieces: Pieces, together: Together) -> tuple[Floats, Floats]:
    """Mean and variance per column (Chan, Golub and LeVeque, 1979: merged per chunk).

    Gaps (NaN) do not count; a column of gaps alone has mean and variance 0.
    """
    found: Moments = (np.zeros(()), np.zeros(()), np.zeros(()))
    for chunk in pieces:
        rows = chunk.reshape(len(chunk), -1).astype(np.float64)
        n = (~np.isnan(rows)).sum(0)
        mean = np.nan_to_num(rows).sum(0) / np.maximum(n, 1)
        found = _merged(found, (n, mean, np.square(np.nan_to_num(rows - mean)).sum(0)))
    n, mean, scatter = reduce(_merged, together.each(found))
    return mean, scatter / np.maximum(n, 1)


def _merged(some: Moments, others: Moments) -> Moments:
    """Numbers, means and scatters of two sets of rows, as of one."""
    (n, mean, scatter), (m, others_mean, others_scatter) = some, others
    both, delta = np.maximum(n + m, 1), others_mean - mean
    return (
        n + m,
        mean + delta * m / both,
        scatter + others_scatter + delta**2 * n * m / both,
    )


def _columns(chunks: Pieces, together: Together) -> Scaling:
    mean, variance = _moments(chunks, together)
    deviation = np.sqrt(variance)
    # A constant column (to rounding) keeps its unit: dividing would blow rounding errors up.
    constant = deviation <= 1e-12 * np.maximum(np.abs(mean), 1e-300)
    return Scaling(mean, np.where(constant, 1.0, deviation), "standardised columns")


def _global(chunks: Pieces, together: Together) -> Scaling:
    chunks = list(chunks) if not hasattr(chunks, "__len__") else chunks
    unit = "standard deviations of all values"
    mean, variance = _moments(chunks, together)
    if next(iter(chunks)).ndim > 2:
        # Pictures of other sizes may come later, so no pixel has an offset of its own.
        return _whole(mean.mean(), float(np.sqrt(variance.mean() + mean.var())) or 1.0, unit)
    return Scaling(mean, np.asarray(float(np.sqrt(variance.mean())) or 1.0), unit)


def _auto(chunks: Pieces, together: Together) -> Scaling:
    chunks = list(chunks) if not hasattr(chunks, "__len__") else chunks
    # Gaps (NaN) are passed over.
    low = min(together.each(min(float(np.fmin.reduce(chunk, axis=None)) for chunk in chunks)))
    high = max(together.each(max(float(np.fmax.reduce(chunk, axis=None)) for chunk in chunks)))
    if low >= 0.0 and high <= 1.0:
        return _whole(0.0, 1.0, UNIT_VALUES)
    return _global(chunks, together)


#: How float data may be scaled; integers of 8 and 16 bits are always read as pixels.
SCALINGS = {
    "auto": _auto,
    "columns": _columns,
    "global": _global,
    "none": lambda chunks, together: _whole(0.0, 1.0, "values as given"),
}


def _parts(chunks: Pieces, n_pixels: int, together: Together) -> Scaling:
    """Each value centred; pixels divided by one number, numbers so that they vary as much in all.

    So neither part drowns the other, and what is missing is 0.
    """
    chunks = list(chunks) if not hasattr(chunks, "__len__") else chunks
    of_pixels = _auto([chunk[:, :n_pixels] for chunk in chunks], together)
    mean, variance = _moments(chunks, together)
    scale = np.broadcast_to(of_pixels.scale, mean.shape).copy()
    pixels, numbers = variance[:n_pixels] / of_pixels.scale**2, variance[n_pixels:]
    varying = numbers > (1e-12 * np.abs(mean[n_pixels:])) ** 2
    each = float(pixels.sum() / max(varying.sum(), 1)) or 1.0
    scale[n_pixels:] = np.where(varying, np.sqrt(numbers / each), 1.0)
    return Scaling(mean, scale, PARTS)


def fit_scaling(
    choice: str,
    dtype: np.dtype[Any],
    chunks: Pieces,
    picture: tuple[int, ...] | None = None,
    together: Together = ALONE,
) -> Scaling:
    """The scaling for data of a type.

    Parameters
    ----------
    choice : {"auto", "columns", "global", "none"}
        ``auto``: bytes and 16-bit integers become 0..1, values already in 0..1 stay, others are
        centred and divided by one number, so that PCA of the scaled data is PCA of the data;
        pictures are centred by one number too.
        ``columns``: each column to mean 0 and deviation 1.
    dtype : numpy dtype
        Of the user's array.
    chunks : sequence of ndarray
        The data in pieces; may be read twice.
    picture : tuple of int or None
        Shape of the picture that each row begins with, where numbers lie behind it. There
        ``auto`` centres each value, leaves pixels in their unit, and divides the numbers so that
        they vary as much as all pixels together.
    together : Together
        Those whose ``chunks`` are the data, each having a share.
    """
    if choice not in SCALINGS:
        raise unknown_name("scale", choice, SCALINGS)
    if choice == "auto" and picture is not None:
        return _parts(chunks, prod(picture), together)
    if choice == "auto" and dtype in (np.uint8, np.uint16):
        return _whole(0.0, np.iinfo(dtype).max, PIXELS)
    return SCALINGS[choice](chunks, together)
