"""What is left of a range, read like an array that is never made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from isthmus.data.indices import AllBut, without


@pytest.mark.parametrize("left_out", [[], [0], [9], [0, 1, 2], [3, 8, 4], list(range(9))])
def test_it_is_read_like_the_array(left_out: list[int]) -> None:
    array = np.setdiff1d(np.arange(10), left_out)
    kept = AllBut(10, left_out)
    assert len(kept) == len(array)
    np.testing.assert_array_equal(np.asarray(kept), array)
    np.testing.assert_array_equal(kept[np.arange(len(array))[::-1]], array[::-1])
    which: Any
    for which in (slice(None), slice(1, 4), slice(0, None, 3), slice(0, 0), [0, 0], 0):
        np.testing.assert_array_equal(kept[which], array[which])
    assert np.concatenate([kept, [7]]).tolist() == [*array.tolist(), 7]


@pytest.mark.parametrize("make", [lambda: AllBut(12, [2, 5]), lambda: np.array([9, 4, 4, 7, 1])])
def test_some_of_it_are_taken_out(make: Any) -> None:
    before, places = make(), np.array([3, 0])
    left = without(before, places)
    np.testing.assert_array_equal(left, np.delete(np.asarray(before), places))
    assert type(left) is type(before)
