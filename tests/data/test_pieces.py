"""Pictures cut into pieces at their own resolution."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data import open_data

pytestmark = pytest.mark.usefixtures("cache")


def write(path: Path, height: int, width: int, seed: int) -> np.ndarray:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def test_pieces_lie_in_the_middle_at_full_resolution(tmp_path: Path) -> None:
    pixels = write(tmp_path / "a.png", 70, 45, 0)
    data = open_data(tmp_path, size=(30, 20), cut=True)
    assert data.items.shape == (4, 30, 20)
    np.testing.assert_array_equal(data.items[0], pixels[5:35, 2:22])
    np.testing.assert_array_equal(data.items[1], pixels[5:35, 22:42])
    np.testing.assert_array_equal(data.items[3], pixels[35:65, 22:42])
    assert data.ids.tolist() == ["a.png#0", "a.png#1", "a.png#2", "a.png#3"]
    assert "cut into 4 pieces of 30x20" in data.source


def test_pieces_know_their_picture(tmp_path: Path) -> None:
    write(tmp_path / "a.png", 40, 20, 0)
    write(tmp_path / "b.png", 20, 20, 1)
    data = open_data(tmp_path, size=(20, 20), cut=True)
    assert data.pictures is not None
    assert data.pictures.tolist() == [0, 0, 1]
    assert data.ids.tolist() == ["a.png#0", "a.png#1", "b.png"]
    assert data.subset([2]).pictures.tolist() == [1]


def test_a_small_picture_is_mirrored_at_its_edges(tmp_path: Path) -> None:
    pixels = write(tmp_path / "a.png", 6, 10, 0)
    item = open_data(tmp_path, size=(10, 10), cut=True).items[0]
    np.testing.assert_array_equal(item, np.pad(pixels, ((2, 2), (0, 0)), mode="symmetric"))


def test_without_a_size_squares_of_128_or_the_commonest_picture(tmp_path: Path) -> None:
    write(tmp_path / "a.png", 300, 200, 0)
    write(tmp_path / "b.png", 300, 200, 1)
    write(tmp_path / "c.png", 128, 400, 2)
    assert open_data(tmp_path, cut=True).items.shape == (7, 128, 128)


def test_cut_and_whole_are_prepared_apart(tmp_path: Path) -> None:
    write(tmp_path / "a.png", 40, 40, 0)
    assert open_data(tmp_path, size=(20, 20)).items.shape == (1, 20, 20)
    assert open_data(tmp_path, size=(20, 20), cut=True).items.shape == (4, 20, 20)
    assert open_data(tmp_path, size=(20, 20)).pictures is None
