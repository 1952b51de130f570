"""Elevation maps: read in metres, cut so that nothing is lost, written where they came from."""

from __future__ import annotations

import math

import numpy as np
import pytest

from isthmus.data import open_data
from isthmus.data.height_files import HeightFile, read_height_file
from isthmus.errors import BadInput

rasterio = pytest.importorskip("rasterio", reason="GeoTIFF needs rasterio (extra 'terrain')")
from rasterio.transform import from_bounds, from_origin  # noqa: E402


def write_map(path, heights, *, nodata=None, crs="EPSG:32632", place=None, **more):
    place = place or from_origin(630000, 5190000, 50, 40)
    height, width = heights.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=1,
        dtype=heights.dtype,
        crs=crs,
        transform=place,
        nodata=nodata,
        **more,
    ) as raster:
        raster.write(heights, 1)
        raster.update_tags(survey="2020")


@pytest.mark.parametrize(
    ("dtype", "nodata"), [("float32", -9999), ("float32", None), ("int16", -1), ("float64", -9999)]
)
def test_a_map_comes_back_as_it_was(tmp_path, dtype, nodata):
    heights = (np.arange(600).reshape(20, 30) * 7 + 1000).astype(dtype)
    if nodata is not None:
        heights[3, 4] = nodata
    write_map(tmp_path / "a.tif", heights, nodata=nodata, compress="deflate")
    file = read_height_file(tmp_path / "a.tif")
    assert np.isnan(file.values[3, 4]) == (nodata is not None)
    file.write(tmp_path / "b.tif", file.values)
    with rasterio.open(tmp_path / "a.tif") as was, rasterio.open(tmp_path / "b.tif") as became:
        np.testing.assert_array_equal(was.read(), became.read())
        assert was.profile == became.profile
        assert was.tags() == became.tags()


def test_whole_numbers_without_a_mark_cannot_say_that_heights_are_missing(tmp_path):
    write_map(tmp_path / "a.tif", np.ones((4, 4), np.int16))
    file = read_height_file(tmp_path / "a.tif")
    with pytest.raises(BadInput, match="no mark for missing heights"):
        file.write(tmp_path / "b.tif", np.full((4, 4), np.nan))


def test_cells_in_metres_feet_and_degrees(tmp_path):
    heights = np.ones((180, 360), np.float32)
    write_map(tmp_path / "metres.tif", heights)
    assert read_height_file(tmp_path / "metres.tif").cell_areas[0, 0] == pytest.approx(2000.0)
    write_map(tmp_path / "feet.tif", heights, crs="EPSG:2263", place=from_origin(0, 0, 100, 100))
    foot = 1200 / 3937
    in_feet = read_height_file(tmp_path / "feet.tif").cell_areas[0, 0]
    assert in_feet == pytest.approx((100 * foot) ** 2)
    write_map(
        tmp_path / "earth.tif",
        heights,
        crs="EPSG:4326",
        place=from_bounds(-180, -90, 180, 90, 360, 180),
    )
    whole = 360 * read_height_file(tmp_path / "earth.tif").cell_areas.sum()
    # The surface of the WGS 84 ellipsoid.
    assert whole == pytest.approx(510.0656e12, rel=1e-4)


def test_an_array_says_nothing_of_its_cells(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((4, 5)))
    file = read_height_file(tmp_path / "a.npy")
    assert file.cell_areas is None
    file.write(tmp_path / "b.npy", file.values + 1)
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), 2 * np.ones((4, 5)))


def test_pieces_cover_every_height(tmp_path):
    first = np.arange(70.0 * 101).reshape(70, 101)
    second = 10_000 + np.arange(64.0 * 48).reshape(64, 48)
    np.savez(tmp_path / "maps.npz", first=first, second=second)
    data = open_data(tmp_path / "maps.npz", form="heights")
    assert data.items.shape == (6 + 2, 48, 48)
    assert data.items.dtype == np.float32
    assert set(data.items[data.pictures == 0].flatten()) == set(first.flatten())
    assert set(data.items[data.pictures == 1].flatten()) == set(second.flatten())
    for name, piece in zip(data.ids, data.items, strict=True):
        source, place = name.split("@")
        row, column = map(int, place.split(","))
        whole = {"first": first, "second": second}[source]
        np.testing.assert_array_equal(piece, whole[row : row + 48, column : column + 48])


def test_what_has_no_data_is_nan_and_margins_are_left_out(tmp_path):
    heights = np.ones((64, 128), np.float32)
    heights[:, 64:] = -9999
    heights[5, 5] = 0
    write_map(tmp_path / "a.tif", heights, nodata=-9999)
    data = open_data(tmp_path, form="heights", size=(64, 64), hidden=0)
    assert data.items.shape == (1, 64, 64)
    assert np.isnan(data.items[0, 5, 5])
    assert math.isclose(np.nansum(data.items), 64 * 64 - 1)


def test_what_cannot_be_read_is_left_out_or_refused(tmp_path):
    np.save(tmp_path / "good.npy", np.ones((40, 40)))
    np.save(tmp_path / "rows.npy", np.ones(40))
    (tmp_path / "torn.tif").write_bytes(b"II*\0nothing")
    data = open_data(tmp_path, form="heights")
    assert {lost.path for lost in data.skipped} == {"rows.npy", "torn.tif"}
    with pytest.raises(BadInput, match="expected heights"):
        open_data(tmp_path, form="heights", strict=True)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ones((3, 4, 5)), "expected heights"),
        (np.full((3, 4), np.nan), "no heights at all"),
        (np.array([[1.0, np.inf]]), "infinite heights"),
        (np.array([["a"]]), "expected heights"),
    ],
)
def test_arrays_that_are_no_maps(tmp_path, array, words):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(BadInput, match=words):
        read_height_file(tmp_path / "a.npy")


def test_a_picture_of_three_bands_is_no_map(tmp_path):
    bands = {"count": 3, "dtype": "uint8", "transform": from_origin(7, 7, 2, 2)}
    with rasterio.open(tmp_path / "a.tif", "w", "GTiff", 4, 4, **bands) as raster:
        raster.write(np.zeros((3, 4, 4), np.uint8))
    with pytest.raises(BadInput, match="3 bands"):
        read_height_file(tmp_path / "a.tif")


def test_fractions_are_kept_where_asked(tmp_path):
    write_map(tmp_path / "a.tif", np.ones((4, 4), np.int16), nodata=-1)
    file: HeightFile = read_height_file(tmp_path / "a.tif")
    file.write(tmp_path / "b.tif", np.full((4, 4), 0.25), exact=True)
    assert read_height_file(tmp_path / "b.tif").values[0, 0] == 0.25
