"""One elevation map on disk: read as heights in its own unit, written back where it lies on earth.

==================  =========================================================================
GeoTIFF and others  by rasterio: coordinates, type, tags and the mark of no data are kept
.npy                an array (height, width); NaN is no data
==================  =========================================================================
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.arrays import read_array
from isthmus.errors import BadInput, MissingExtra

__all__ = ["HEIGHT_SUFFIXES", "HeightFile", "read_height_file"]

NUMPY = ".npy"
HEIGHT_SUFFIXES = (".tif", ".tiff", ".img", ".asc", ".dem", ".vrt", NUMPY)
# The ellipsoid of GPS, WGS 84: its larger half axis in metres, and its eccentricity squared.
AXIS, ECCENTRICITY = 6378137.0, 0.00669437999014

Heights = NDArray[np.floating]


@dataclass(frozen=True)
class HeightFile:
    """An elevation map as it lies on disk.

    Attributes
    ----------
    values : ndarray of float32 or float64, shape (H, W)
        NaN where there is no data.
    profile : mapping or None
        What rasterio needs to write such a file; None for an array of NumPy.
    tags : mapping
        The file's own remarks.
    """

    values: Heights
    profile: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: Path, values: Heights, *, exact: bool = False) -> None:
        """Write other heights, (H, W), in this file's form; ``exact`` keeps fractions of its unit.

        Raises
        ------
        BadInput
            If heights are missing, and the file's form has no mark for that.
        """
        if self.profile is None:
            with path.open("wb") as file:
                np.save(file, values.astype(self.values.dtype))
            return
        profile = dict(self.profile)
        if exact:
            profile["dtype"] = "float32"
        pixels = _marked(values, np.dtype(profile["dtype"]), profile.get("nodata"), path)
        with _rasterio().open(path, "w", **profile) as raster:
            raster.write(pixels, 1)
            raster.update_tags(**self.tags)

    @property
    def cell_areas(self) -> NDArray[np.float64] | None:
        """Square metres of a cell in each row, shape (H, 1); None where the file does not say."""
        crs = None if self.profile is None else self.profile.get("crs")
        if self.profile is None or not crs:
            return None
        place = self.profile["transform"]
        rows = np.arange(len(self.values))[:, None]
        if not crs.is_geographic:
            return np.full(rows.shape, abs(place.determinant) * crs.linear_units_factor[1] ** 2)
        latitude = np.radians(place.f + place.e * (rows + 0.5))
        cell = np.radians(abs(place.a)) * np.radians(abs(place.e))
        # The radii of curvature along the meridian and across it.
        flat = 1 - ECCENTRICITY * np.sin(latitude) ** 2
        radii = AXIS**2 * (1 - ECCENTRICITY) / flat**2
        return np.asarray(cell * radii * np.cos(latitude))


def read_height_file(path: Path) -> HeightFile:
    """Read one elevation map.

    Raises
    ------
    BadInput
        If it cannot be read, or holds anything but one band of real numbers.
    MissingExtra
        If rasterio is needed and not installed.
    """
    if path.suffix.lower() == NUMPY:
        return HeightFile(as_heights(read_array(path), str(path)))
    rasterio = _rasterio()
    try:
        with rasterio.open(path) as raster:
            if raster.count != 1:
                raise BadInput(
                    f"{path} has {raster.count} bands; an elevation map has one. Save that alone."
                )
            pixels = raster.read(1, masked=True)
            profile, tags = dict(raster.profile), dict(raster.tags())
    except rasterio.errors.RasterioError as error:
        raise BadInput(f"{path} cannot be read as a map: {str(error).rstrip('.')}.") from None
    kind = np.float64 if pixels.dtype.itemsize > 4 else np.float32
    return HeightFile(as_heights(pixels.astype(kind).filled(np.nan), str(path)), profile, tags)


def as_heights(array: NDArray[Any], name: str) -> Heights:
    """An array as heights, NaN where there is no data; raises `BadInput`."""
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        raise BadInput(
            f"{name} holds an array of shape {array.shape} and type {array.dtype}; expected "
            "heights, real numbers of shape (height, width)."
        )
    if not np.isfinite(array).any():
        raise BadInput(f"{name} holds no heights at all.")
    heights = array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)
    if np.isinf(heights).any():
        raise BadInput(f"{name} holds infinite heights; write NaN where there is no data.")
    return heights


def _marked(
    values: Heights, dtype: np.dtype[Any], nodata: float | None, path: Path
) -> NDArray[Any]:
    """Heights in a file's type, what is missing marked as the file marks it."""
    missing = np.isnan(values)
    if dtype.kind == "f":
        return np.where(missing, np.nan if nodata is None else nodata, values).astype(dtype)
    if missing.any() and nodata is None:
        raise BadInput(f"{path} holds whole numbers and has no mark for missing heights; set one.")
    limits = np.iinfo(dtype)
    whole = np.clip(np.rint(np.where(missing, 0, values)), limits.min, limits.max)
    return np.where(missing, nodata or 0, whole).astype(dtype)


def _rasterio() -> Any:
    try:
        import rasterio
        import rasterio.errors

        # A map that lies nowhere is still a map; whoever needs to know where it lies says so.
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
    except ImportError as error:
        raise MissingExtra('GeoTIFF needs: pip install "isthmus[terrain]"') from error
    return rasterio
