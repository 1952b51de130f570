from __future__ import annotations

import numpy as np
import pytest

from isthmus.data import rows as rows_module
from isthmus.data.checks import check_finite, check_pictures
from isthmus.errors import BadInput


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(rows_module, "CHUNK_BYTES", 8 * 4 * 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "inf"), (-np.inf, "inf")])
@pytest.mark.parametrize(("row", "column"), [(0, 0), (4, 3), (5, 0), (17, 2), (22, 1)])
def test_the_first_bad_number_is_named_by_its_place(dtype, bad, word, row, column):
    X = np.ones((23, 4), dtype)
    X[row, column] = bad
    with pytest.raises(BadInput, match=rf"{word}\w* in row {row}, column {column};"):
        check_finite(X)
    with pytest.raises(BadInput, match=f"row {row}, column '{'abcd'[column]}';"):
        check_finite(X, list("abcd"))


def test_infinities_that_cancel_are_found():
    X = np.ones((3, 4))
    X[1, 1], X[1, 2] = np.inf, -np.inf
    with pytest.raises(BadInput, match="infinity in row 1, column 1"):
        check_finite(X)


def test_large_numbers_are_no_infinities():
    check_finite(np.full((30, 4), 1e308))
    check_finite(np.full((30, 4), np.float32(3e38), np.float32))


def test_integers_need_no_look():
    check_finite(np.ones((3, 4), np.uint8))


def test_a_bad_pixel_is_named():
    X = np.zeros((9, 2, 2, 1))
    X[8, 1, 0, 0] = np.nan
    with pytest.raises(BadInput, match=r"NaN in row 8, pixel \(1, 0, 0\)"):
        check_finite(X)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.uint8, np.uint8),
        (np.uint16, np.uint16),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (bool, np.float64),
        (np.int64, np.float64),
        (np.float16, np.float64),
    ],
)
def test_pictures_keep_their_type_where_it_has_a_meaning(given, kept):
    assert check_pictures(np.ones((2, 3, 3), given)).dtype == kept


def test_a_memory_map_stays_on_disk(tmp_path):
    np.save(tmp_path / "X.npy", np.zeros((3, 4, 4)))
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert np.shares_memory(check_pictures(mapped), mapped)


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((5, 3, 28, 28), "transpose"),
        ((5, 1, 28, 28), "transpose"),
        ((5, 28, 28, 5), "reshape"),
        ((2, 3, 4, 5, 6), "expected"),
        ((5,), "expected"),
    ],
)
def test_a_wrong_shape_comes_with_advice(shape, advice):
    with pytest.raises(BadInput, match=advice) as caught:
        check_pictures(np.zeros(shape))
    assert str(shape) in str(caught.value)
