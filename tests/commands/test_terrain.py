"""Holes in elevation maps, from GeoTIFF files to volumes, as a user would do it."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from PIL import Image

rasterio = pytest.importorskip("rasterio", reason="GeoTIFF needs rasterio (extra 'terrain')")
from rasterio.transform import from_origin  # noqa: E402

from isthmus.commands import main  # noqa: E402

SIZE = (60, 90)
HOLE = (slice(20, 40), slice(30, 60))


def run(*arguments) -> str:
    """What a command prints; it must succeed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = exit_code(arguments)
    assert code == 0, printed.getvalue()
    return printed.getvalue()


def refused(*arguments) -> str:
    """The message of a command that must fail."""
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed):
        assert exit_code(arguments) == 2
    return printed.getvalue()


def exit_code(arguments) -> int:
    try:
        main([str(each) for each in arguments])
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


def write(path, heights, nodata=-9999.0):
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=heights.shape[0],
        width=heights.shape[1],
        count=1,
        dtype=heights.dtype,
        crs="EPSG:32632",
        transform=from_origin(630000, 5190000, 100, 100),
        nodata=nodata,
    ) as raster:
        raster.write(heights, 1)


def read(path):
    with rasterio.open(path) as raster:
        return raster.read(1), raster.profile


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """A folder of three maps of hills, and a run fitted to them."""
    folder = tmp_path_factory.mktemp("terrain")
    (folder / "maps").mkdir()
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    for number in range(3):
        heights = 2000 + 300 * np.sin(rows / 9 + number) * np.cos(columns / 11)
        write(folder / "maps" / f"{number}.tif", heights.astype(np.float32))
    small = ["network__widths=[4,8]", "network__blocks=[1,1]", "training__patch=32"]
    options = [part for each in small for part in ("--set", each)]
    maps, out = folder / "maps", folder / "run"
    run(
        "fit",
        maps,
        "--restore",
        "terrain",
        "--epochs",
        2,
        "--size",
        "48x48",
        "--out",
        out,
        *options,
    )
    return folder


@pytest.fixture
def damaged(ground, tmp_path):
    heights, _ = read(ground / "maps" / "1.tif")
    heights[HOLE] = -9999
    write(tmp_path / "map.tif", heights)
    return tmp_path / "map.tif"


def test_what_has_no_data_is_filled_and_all_else_stays(ground, damaged, tmp_path):
    run("restore", ground / "run", damaged, "--out", tmp_path / "out")
    was, profile = read(damaged)
    became, written = read(tmp_path / "out" / "map.tif")
    true, _ = read(ground / "maps" / "1.tif")
    hidden = was == -9999
    np.testing.assert_array_equal(was[~hidden], became[~hidden])
    assert written == profile
    # A hole is no flat plate: the filling follows the hills around it.
    assert np.abs(became - true)[hidden].mean() < 0.7 * np.abs(true[hidden] - true.mean()).mean()


def test_samples_lie_around_the_best_answer_and_give_the_volume(ground, damaged, tmp_path):
    out = tmp_path / "out"
    run("restore", ground / "run", damaged, "--out", out, "--samples", 3)
    samples = [read(out / "samples" / f"map-{number}.tif")[0] for number in (1, 2, 3)]
    deviation, _ = read(out / "deviation" / "map.tif")
    expected = np.std(samples, axis=0, ddof=1)
    np.testing.assert_allclose(deviation, expected, atol=1e-3)
    assert deviation[HOLE].min() > 0
    assert np.delete(deviation, range(20, 40), axis=0).max() == 0
    upper = ground / "maps" / "1.tif"
    printed = run("volume", upper, *sorted((out / "samples").iterdir()))
    true, _ = read(upper)
    km3 = np.mean([(true.astype(float) - sample).sum() * 1e4 / 1e9 for sample in samples])
    assert float(printed.split(" km3")[0]) == pytest.approx(km3, rel=1e-3)
    assert "3 samples" in printed


def test_a_mask_hides_and_no_data_outside_of_it_stays(ground, damaged, tmp_path):
    mask = np.zeros(SIZE, np.uint8)
    mask[:10, :10] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    out = tmp_path / "out"
    run("restore", ground / "run", damaged, "--out", out, "--masks", tmp_path / "mask.png")
    was, _ = read(damaged)
    became, _ = read(out / "map.tif")
    assert (became[HOLE] == -9999).all()
    assert (became[:10, :10] != was[:10, :10]).mean() > 0.9
    np.testing.assert_array_equal(became[10:], was[10:])


def test_of_an_array_somebody_must_say_how_large_a_cell_is(tmp_path):
    np.save(tmp_path / "upper.npy", np.full((10, 10), 100.0))
    np.save(tmp_path / "lower.npy", np.zeros((10, 10)))
    both = tmp_path / "upper.npy", tmp_path / "lower.npy"
    assert "--cell METRES" in refused("volume", *both)
    assert run("volume", *both, "--cell", 1000).startswith("10 km3 on 100 km2, 100 m")


def test_maps_of_different_places_have_no_volume_between_them(ground, tmp_path):
    with rasterio.open(ground / "maps" / "0.tif") as raster:
        profile, heights = raster.profile, raster.read(1)
    profile["transform"] = from_origin(0, 0, 100, 100)
    with rasterio.open(tmp_path / "moved.tif", "w", **profile) as raster:
        raster.write(heights, 1)
    message = refused("volume", ground / "maps" / "0.tif", tmp_path / "moved.tif")
    assert "different places" in message


def test_samples_are_for_terrain(ground, damaged, tmp_path):
    message = refused("restore", ground / "run", damaged, "--out", tmp_path / "o", "--samples", 1)
    assert "2 or more" in message
    assert not (tmp_path / "o").exists()
