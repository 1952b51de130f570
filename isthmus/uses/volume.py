"""The volume between two surfaces, such as a glacier and its bed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import BadInput

__all__ = ["Volume", "volume_between"]

CUBIC_METRES_A_KM3, SQUARE_METRES_A_KM2 = 1e9, 1e6

Heights = NDArray[np.floating]


@dataclass(frozen=True)
class Volume:
    """What lies between two surfaces.

    Attributes
    ----------
    km3 : float
        Cubic kilometres; where the lower surface lies above the upper one, that counts as less.
    km2 : float
        The area that was counted: where both surfaces have heights.
    """

    km3: float
    km2: float

    @property
    def mean_metres(self) -> float:
        """The mean distance of the surfaces."""
        return self.km3 / self.km2 * CUBIC_METRES_A_KM3 / SQUARE_METRES_A_KM2


def volume_between(
    upper: Heights,
    lower: Heights,
    cell_areas: float | Heights,
    within: NDArray[np.bool_] | None = None,
) -> Volume:
    """Volume between two surfaces on the same grid.

    Parameters
    ----------
    upper, lower : ndarray, shape (H, W)
        Heights in metres; NaN where there are none.
    cell_areas : float or ndarray that broadcasts to (H, W)
        Square metres of a cell.
    within : ndarray of bool, shape (H, W), or None
        Where to count; None counts everywhere.

    Raises
    ------
    BadInput
        If the shapes differ, or there is no cell to count.
    """
    if upper.shape != lower.shape:
        raise BadInput(
            f"the surfaces have {upper.shape} and {lower.shape} cells; give two maps of one grid."
        )
    counted = np.isfinite(upper) & np.isfinite(lower)
    if within is not None:
        counted &= within
    if not counted.any():
        raise BadInput("the surfaces have no cell in common with heights in both.")
    areas = np.broadcast_to(cell_areas, upper.shape)[counted]
    between = upper[counted].astype(np.float64) - lower[counted]
    return Volume(
        float(areas @ between) / CUBIC_METRES_A_KM3, float(areas.sum()) / SQUARE_METRES_A_KM2
    )
