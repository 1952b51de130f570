"""Volumes between surfaces that lie in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isthmus.data.height_files import HEIGHT_SUFFIXES, HeightFile, read_height_file
from isthmus.data.picture_files import read_picture_file
from isthmus.errors import BadInput
from isthmus.uses.volume import Volume, volume_between

__all__ = ["volumes"]


def volumes(
    upper: Path, lower: Sequence[Path], *, mask: Path | None = None, cell: float | None = None
) -> list[Volume]:
    """The volume between a surface and each of some others.

    Parameters
    ----------
    upper : Path
    lower : sequence of Path
    mask : Path or None
        Only where it is not 0 is counted.
    cell : float or None
        Metres of a cell's side; None takes what the upper surface's file says.

    Raises
    ------
    BadInput
        If a file cannot be read, the grids differ, or nobody says how large a cell is.
    """
    above = read_height_file(upper)
    areas = above.cell_areas if cell is None else np.asarray(cell**2)
    if areas is None:
        raise BadInput(f"{upper} does not say how large its cells are; give --cell METRES.")
    within = None if mask is None else _within(mask)
    if within is not None and within.shape != above.values.shape:
        raise BadInput(
            f"mask {mask} has {within.shape} cells, and {upper} {above.values.shape}; give one of "
            "the same grid."
        )
    below = [read_height_file(path) for path in lower]
    for path, file in zip(lower, below, strict=True):
        _same_place(upper, above, path, file)
    return [volume_between(above.values, file.values, areas, within) for file in below]


def _within(mask: Path) -> NDArray[np.bool_]:
    if mask.suffix.lower() in HEIGHT_SUFFIXES:
        return np.asarray(np.nan_to_num(read_height_file(mask).values) != 0)
    values = read_picture_file(mask).values
    return np.asarray(values.reshape(*values.shape[:2], -1).any(-1))


def _same_place(upper: Path, above: HeightFile, lower: Path, below: HeightFile) -> None:
    """Maps that both say where they lie must say the same."""
    if above.profile is None or below.profile is None:
        return
    for what in ("crs", "transform"):
        theirs = [file.profile[what] for file in (above, below) if file.profile is not None]
        if all(theirs) and theirs[0] != theirs[1]:
            raise BadInput(
                f"{upper} and {lower} lie in different places or projections; warp one to the "
                "other's grid first, with gdalwarp or rasterio.warp."
            )
