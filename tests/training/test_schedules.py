from __future__ import annotations

import numpy as np
import pytest

from isthmus.training.schedules import SCHEDULES

SHARES = np.linspace(0, 1, 1001)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_factors_lie_between_0_and_1(name):
    factors = [SCHEDULES[name](share) for share in SHARES]
    assert min(factors) >= 0.0
    assert max(factors) <= 1.0
    assert factors[0] > 0.0, "the first step would be lost"


def test_cosine_warms_up_falls_and_ends_at_zero():
    cosine = SCHEDULES["cosine"]
    factors = np.array([cosine(share) for share in SHARES])
    top = factors.argmax()
    assert 0.05 < SHARES[top] < 0.15
    assert (np.diff(factors[: top + 1]) > 0).all()
    assert (np.diff(factors[top:]) < 0).all()
    assert cosine(0.5) == pytest.approx(0.5)
    assert cosine(1.0) == pytest.approx(0.0, abs=1e-12)
    assert cosine(1.5) == pytest.approx(0.0, abs=1e-12)


def test_constant_is_constant():
    assert {SCHEDULES["constant"](share) for share in SHARES} == {1.0}
