"""A table beside pictures: which row belongs to which picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from isthmus import open_data
from isthmus.errors import BadInput, NoData

SIDE = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of one grey each, whose level is their number."""
    for name, level in (("a/one.png", 10), ("a/two.png", 20), ("b/three.png", 30)):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((SIDE, SIDE), level, np.uint8)).save(path)
    return tmp_path / "pictures"


def table(folder: Path, **columns: list[object]) -> Path:
    path = folder.parent / "numbers.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def level(row: np.ndarray) -> float:
    return float(row[0])


@pytest.mark.parametrize(
    "names",
    [
        ["b/three.png", "a/one.png", "a/two.png"],
        ["b/three", "a/one", "a/two"],
        ["three.png", "one.png", "two.png"],
        ["three", "one", "two"],
        ["three.tif", "one.jpg", "two.jpg"],
    ],
)
def test_rows_find_their_pictures_whatever_their_order(folder, names):
    data = open_data(folder, beside=table(folder, id=names, grey=[30, 10, 20]))
    assert data.ids.tolist() == ["a/one.png", "a/two.png", "b/three.png"]
    assert data.labels.tolist() == ["a", "a", "b"]
    assert data.columns == ("grey",)
    pictures, numbers = data.parts.split(data.items)
    np.testing.assert_allclose(255 * pictures[:, 0, 0], numbers[:, 0], rtol=1e-6)


def test_what_has_no_partner_is_an_item_with_a_gap(folder):
    beside = table(folder, name=["one", "stranger"], grey=[10, 99], colour=["red", "blue"])
    data = open_data(folder, beside=beside)
    assert data.ids.tolist() == ["a/one.png", "a/two.png", "b/three.png", "stranger"]
    assert data.labels.tolist() == ["a", "a", "b", ""]
    pictures, numbers = data.parts.split(data.items)
    assert data.columns == ("grey", "colour=blue", "colour=red")
    np.testing.assert_array_equal(numbers[0], [10, 0, 1])
    np.testing.assert_array_equal(numbers[3], [99, 1, 0])
    assert np.isnan(numbers[1:3]).all()
    assert np.isnan(pictures[3]).all()
    assert not np.isnan(pictures[:3]).any()
    assert "2 without numbers" in data.source
    assert "1 row without a picture" in data.source


def test_the_tables_labels_serve_where_folders_say_nothing(tmp_path):
    for name in ("x.png", "y.png"):
        (tmp_path / "flat").mkdir(exist_ok=True)
        Image.fromarray(np.zeros((SIDE, SIDE), np.uint8)).save(tmp_path / "flat" / name)
    beside = table(tmp_path / "flat", id=["y", "x"], label=["dust", "pollen"], n=[1, 2])
    data = open_data(tmp_path / "flat", beside=beside)
    assert dict(zip(data.ids.tolist(), data.labels.tolist(), strict=True)) == {
        "x.png": "pollen",
        "y.png": "dust",
    }


def test_an_official_split_keeps_its_parts(folder, tmp_path):
    split = tmp_path / "split"
    for part in ("train", "test"):
        (split / part).mkdir(parents=True)
        for i in range(2):
            pixels = np.full((SIDE, SIDE), 10 * i, np.uint8)
            Image.fromarray(pixels).save(split / part / f"{part}{i}.png")
    names = ["train0", "train1", "test0", "test1"]
    data = open_data(split, beside=table(split, id=names, n=[0, 1, 2, 3]))
    assert data.parts.split(data.items)[1].ravel().tolist() == [0, 1]
    assert data.test.parts.split(data.test.items)[1].ravel().tolist() == [2, 3]


def test_arrays_go_by_their_order(tmp_path):
    pictures = np.zeros((3, SIDE, SIDE), np.uint8)
    np.save(tmp_path / "pictures.npy", pictures)
    path = table(tmp_path / "pictures.npy", n=[5, 6, 7])
    data = open_data(tmp_path / "pictures.npy", beside=path)
    assert data.parts.split(data.items)[1].ravel().tolist() == [5, 6, 7]
    with pytest.raises(BadInput, match="as many of both"):
        open_data(tmp_path / "pictures.npy", beside=table(path, n=[5, 6]))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": ["four", "five"], "n": [1, 2]}, "no row of numbers belongs to a picture"),
        ({"id": ["one", "one"], "n": [1, 2]}, "two rows for 'one'"),
        ({"n": [1.5, 2.5]}, "--id"),
    ],
)
def test_tables_that_do_not_fit_are_refused(folder, columns, message):
    with pytest.raises(BadInput, match=message):
        open_data(folder, beside=table(folder, **columns))


def test_one_row_for_two_pictures_is_refused(folder):
    Image.fromarray(np.zeros((SIDE, SIDE), np.uint8)).save(folder / "b" / "one.png")
    with pytest.raises(BadInput, match="belongs to 2 pictures"):
        open_data(folder, beside=table(folder, id=["one"], n=[1]))


def test_a_missing_table_is_told(folder):
    with pytest.raises(NoData, match="no table"):
        open_data(folder, beside=folder / "none.csv")


def test_tables_go_beside_pictures_alone(folder):
    path = table(folder, id=["one"], n=[1])
    with pytest.raises(BadInput, match="holds no pictures"):
        open_data(path, beside=path)
