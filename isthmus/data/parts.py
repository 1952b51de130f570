"""Pictures with numbers beside them, as rows: the pixels of the picture, then the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.checks import check_pictures
from isthmus.errors import BadFile, BadInput

__all__ = ["Parts"]

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Parts:
    """The two parts of an item that is a picture and some numbers.

    A row has the pixels first, bytes and 16-bit values as 0..1, and then the numbers. What an item
    lacks is NaN: a number, all numbers, or the whole picture.

    Parameters
    ----------
    picture : tuple of int
        Shape of the picture, (H, W) or (H, W, C).

    Examples
    --------
    >>> parts = Parts((2, 2))
    >>> parts.join([[[0, 1], [1, 0]]], [[7.0, 8.0]]).tolist()
    [[0.0, 1.0, 1.0, 0.0, 7.0, 8.0]]
    """

    picture: tuple[int, ...]

    @property
    def n_pixels(self) -> int:
        """Values of a row that are the picture."""
        return prod(self.picture)

    def join(self, pictures: Any, numbers: Any) -> NDArray[np.float32]:
        """Rows of both parts, shape (n, n_pixels + p).

        Parameters
        ----------
        pictures : array-like, shape (n, *picture)
            Floats may be NaN: a picture with such a pixel is missing as a whole.
        numbers : array-like, shape (n, p)
            NaN where one is missing.

        Raises
        ------
        BadInput
            If a shape is another, or there are not as many pictures as rows of numbers.
        """
        pictures, numbers = check_pictures(pictures), np.asarray(numbers, np.float64)
        if pictures.shape[1:] != self.picture or numbers.shape[:1] != pictures.shape[:1]:
            raise BadInput(
                f"pictures have shape {pictures.shape} and numbers {numbers.shape}; expected "
                f"(n, {', '.join(map(str, self.picture))}) and (n, p), as many of both."
            )
        if numbers.ndim != 2:
            raise BadInput(f"numbers have shape {numbers.shape}; expected (n, p).")
        rows = np.empty((len(pictures), self.n_pixels + numbers.shape[1]), np.float32)
        flat = pictures.reshape(len(pictures), -1)
        whole = np.iinfo(flat.dtype).max if flat.dtype.kind == "u" else 1
        np.divide(flat, whole, out=rows[:, : self.n_pixels], casting="unsafe")
        rows[:, : self.n_pixels][np.isnan(rows[:, : self.n_pixels]).any(1)] = np.nan
        rows[:, self.n_pixels :] = numbers
        return rows

    def split(self, rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Pictures (n, *picture) and numbers (n, p) of rows; views where that can be."""
        pixels = rows[:, : self.n_pixels]
        return pixels.reshape(len(rows), *self.picture), rows[:, self.n_pixels :]

    def slices(self) -> dict[str, slice]:
        """Where each part lies in a row, by its name."""
        return {"picture": slice(0, self.n_pixels), "numbers": slice(self.n_pixels, None)}

    def lacking(self, rows: NDArray[Any]) -> NDArray[np.str_]:
        """The name of the part that each row lacks, empty where it has both, shape (n,)."""
        of_parts = self.slices().values()
        gone = [np.isnan(rows[:, where]).all(1) for where in of_parts]
        return np.select(gone, list(self.slices()), "")

    def without(self, rows: NDArray[Any], part: str) -> NDArray[np.floating]:
        """The rows with this part missing; those that have no other are left out."""
        rest = rows[~np.isin(self.lacking(rows), [name for name in self.slices() if name != part])]
        shown = rest.astype(rows.dtype if rows.dtype.kind == "f" else np.float32, copy=True)
        shown[:, self.slices()[part]] = np.nan
        return shown

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` reads; it holds only what JSON does."""
        return {"picture": list(self.picture)}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Parts:
        """The inverse of `to_dict`; raises `BadFile` if it is something else."""
        try:
            return cls(tuple(int(side) for side in saved["picture"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadFile(
                "the shape of the run's pictures is damaged; expected a list of sides. Fit again."
            ) from error
