"""Rows of pictures and numbers, against what was joined."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isthmus.data import Parts
from isthmus.data.scaling import fit_scaling
from isthmus.errors import BadFile, BadInput

NUMBERS = [[1.5, np.nan], [-2.0, 3e6]]


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 3)])
@pytest.mark.parametrize(("dtype", "whole"), [(np.uint8, 255), (np.uint16, 65535), (float, 1)])
def test_what_was_joined_comes_apart(shape, dtype, whole):
    pictures = (np.random.default_rng(0).random((2, *shape)) * whole).astype(dtype)
    back, numbers = Parts(shape).split(Parts(shape).join(pictures, NUMBERS))
    np.testing.assert_allclose(back, pictures / whole, rtol=1e-6)
    np.testing.assert_array_equal(numbers, np.array(NUMBERS, np.float32))


def test_a_picture_with_a_missing_pixel_is_missing():
    pictures = np.zeros((2, 3, 4))
    pictures[1, 0, 2] = np.nan
    back, _ = Parts((3, 4)).split(Parts((3, 4)).join(pictures, NUMBERS))
    assert not np.isnan(back[0]).any()
    assert np.isnan(back[1]).all()


def test_slices_are_of_a_row():
    parts = Parts((3, 4))
    row = parts.join(np.ones((1, 3, 4)), [[7.0]])[0]
    assert row[parts.slices()["picture"]].tolist() == [1.0] * 12
    assert row[parts.slices()["numbers"]].tolist() == [7.0]


@pytest.mark.parametrize("picture", [(3, 4), (3, 4, 3)])
def test_json_keeps_it(picture):
    assert Parts.from_dict(json.loads(json.dumps(Parts(picture).to_dict()))) == Parts(picture)


def test_damage_is_told():
    with pytest.raises(BadFile, match="Fit again"):
        Parts.from_dict({"picture": None})


@pytest.mark.parametrize(
    ("pictures", "numbers"),
    [
        (np.zeros((2, 4, 3)), NUMBERS),
        (np.zeros((3, 3, 4)), NUMBERS),
        (np.zeros((2, 3, 4)), [1.0, 2.0]),
        (np.zeros((2, 12)), NUMBERS),
    ],
)
def test_what_does_not_fit_is_refused(pictures, numbers):
    with pytest.raises(BadInput, match="expected"):
        Parts((3, 4)).join(pictures, numbers)


def test_both_parts_vary_as_much_in_all():
    rng = np.random.default_rng(0)
    rows = Parts((5, 5)).join(
        rng.random((400, 5, 5)), rng.normal([0.0, 1e5, 3.0], [1.0, 1e3, 0.0], (400, 3))
    )
    scaling = fit_scaling("auto", rows.dtype, [rows], (5, 5))
    scaled = scaling.apply(rows, np.float64)
    np.testing.assert_allclose(scaled.mean(0), 0.0, atol=1e-5)
    # Pixels keep their unit, and a column that never changes counts for nothing.
    np.testing.assert_array_equal(scaling.scale[:25], 1.0)
    variances = scaled.var(0)
    assert variances[25:].sum() == pytest.approx(variances[:25].sum(), rel=1e-3)
    assert variances[25] == pytest.approx(variances[26], rel=1e-3)
    assert scaling.scale[27] == 1.0


def test_missing_values_do_not_count_for_the_scaling():
    rng = np.random.default_rng(0)
    rows = Parts((2, 2)).join(rng.random((300, 2, 2)), rng.normal(5.0, 2.0, (300, 2)))
    gappy = np.concatenate([rows, np.full((50, 6), np.nan, np.float32)])
    whole, with_gaps = (fit_scaling("auto", x.dtype, [x], (2, 2)) for x in (rows, gappy))
    np.testing.assert_allclose(whole.scale, with_gaps.scale)
    np.testing.assert_allclose(whole.offset, with_gaps.offset)


def test_what_rows_lack_is_told_and_hidden():
    parts = Parts((1, 2))
    rows = np.array([[0, 1, 2.0], [np.nan, np.nan, 3], [4, 5, np.nan]])
    assert parts.lacking(rows).tolist() == ["", "picture", "numbers"]
    shown = parts.without(rows, "numbers")  # The second row would have nothing left.
    np.testing.assert_array_equal(shown, [[0, 1, np.nan], [4, 5, np.nan]])
    assert rows[0, 2] == 2
