"""Thresholds and p-values, against counting."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.uses.alarms import Alarms


@pytest.mark.parametrize("false_alarms", [0.01, 0.1, 0.5])
def test_new_normal_items_are_above_the_threshold_as_seldom_as_promised(false_alarms):
    rng = np.random.default_rng(0)
    shares = [
        (rng.exponential(size=200) > Alarms.of(rng.exponential(size=99)).threshold(false_alarms))
        for _ in range(500)
    ]
    assert np.mean(shares) == pytest.approx(false_alarms, rel=0.1)


def test_p_values_count_normal_items_that_score_as_high():
    own, new = np.random.default_rng(1).integers(0, 9, (2, 40)).astype(float)
    counted = [(1 + sum(score >= value for score in own)) / 41 for value in new]
    np.testing.assert_allclose(Alarms.of(own).p_values(new), counted)
