"""Tables with gaps: what is learnt beyond a normal distribution is kept where it is proven."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus import Autoencoder
from isthmus.gaussian import conditional_mean

RNG = np.random.default_rng(0)
NORMAL = RNG.standard_normal((150, 6)) @ RNG.standard_normal((6, 6))


def fitted(X: np.ndarray, epochs: int) -> Autoencoder:
    settings = {"scale": "columns", "training": {"epochs": epochs}}
    return Autoencoder.from_preset("restore-cells", random_state=0, **settings).fit(X)


def test_of_normal_rows_nothing_is_learnt_and_the_distribution_has_them_all():
    ae = fitted(NORMAL, 40)
    assert ae.best_epoch_ == 0
    start = ae.model_.decoder
    scaled = torch.from_numpy((NORMAL - ae.scaling_.offset) / ae.scaling_.scale)
    # The mean of all rows, those that would have judged among them.
    torch.testing.assert_close(start.mean, scaled.mean(0), atol=1e-6, rtol=0)
    hidden = np.random.default_rng(1).random((20, 6)) < 0.3
    expected = conditional_mean(scaled[:20], torch.from_numpy(hidden), start.mean, start.covariance)
    restored = (
        ae.restore(np.where(hidden, np.nan, NORMAL[:20])) - ae.scaling_.offset
    ) / ae.scaling_.scale
    assert restored == pytest.approx(expected.numpy(), abs=1e-4)


def test_what_is_curved_is_learnt():
    rng = np.random.default_rng(0)
    cause = rng.uniform(-1, 1, (1000, 1))
    curved = np.hstack([cause, cause**2, np.cos(3 * cause)]) + rng.normal(0, 0.05, (1000, 3))
    ae = fitted(curved[:900], 60)
    test = curved[900:]
    restored = ae.restore(np.where([[False, True, False]], np.nan, test))[:, 1]
    straight = np.linalg.lstsq(np.c_[curved[:900, ::2], np.ones(900)], curved[:900, 1])[0]
    linear = np.c_[test[:, ::2], np.ones(100)] @ straight
    assert np.square(restored - test[:, 1]).mean() < 0.8 * np.square(linear - test[:, 1]).mean()
