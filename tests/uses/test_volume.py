"""Volumes between surfaces whose volume is known."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.errors import BadInput
from isthmus.uses.volume import volume_between


def test_a_cone_on_a_plane():
    rows, columns = np.mgrid[-400:401, -400:401] * 10.0
    cone = np.maximum(0.0, 1000 - np.hypot(rows, columns) / 3)
    found = volume_between(500 + cone, np.full_like(cone, 500), 100.0, cone > 0)
    assert found.km3 == pytest.approx(np.pi * 3**2 * 1 / 3, rel=1e-3)
    assert found.km2 == pytest.approx(np.pi * 3**2, rel=1e-3)
    assert found.mean_metres == pytest.approx(1000 / 3, rel=1e-3)


def test_gaps_are_not_counted_and_cells_differ_by_row():
    upper, lower = np.full((2, 3), 5.0), np.full((2, 3), 3.0)
    lower[0, 0] = upper[1, 2] = np.nan
    found = volume_between(upper, lower, np.array([[1e6], [4e6]]))
    assert found.km2 == pytest.approx(2 * 1 + 2 * 4)
    assert found.km3 == pytest.approx(0.002 * 10)


def test_below_counts_as_less():
    assert volume_between(np.zeros((2, 2)), np.ones((2, 2)), 1e9).km3 == -4


@pytest.mark.parametrize(
    ("lower", "words"), [(np.ones((3, 2)), "one grid"), (np.full((2, 2), np.nan), "no cell")]
)
def test_surfaces_that_do_not_meet(lower, words):
    with pytest.raises(BadInput, match=words):
        volume_between(np.ones((2, 2)), lower, 1.0)
