"""The rate: bits of codes under their prior, averaged over items."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import logistic

from isthmus import Autoencoder
from isthmus.codes import ONE, STEPS, Crossing, Prior
from isthmus.errors import BadSetting
from isthmus.losses import Rate, Record


def test_it_is_the_mean_of_the_bits_that_the_prior_counts() -> None:
    # An untrained prior: mean zero, scale one.
    prior, step = Prior((1, 1, 3), torch.ones(3)), STEPS[160] / ONE
    noisy = torch.tensor([[0.3, -2.0, 5.0], [0.0, 0.1, 9.0]])
    statistics = {"noisy": noisy, "step": torch.full((2, 1), step)}
    bits = prior(Crossing(noisy, noisy, statistics))
    same = torch.nn.Identity()
    record = Record(noisy, noisy, None, noisy, noisy, same, same, {"bits": bits})
    x = noisy.double().numpy()
    shares = logistic.cdf(x + step / 2) - logistic.cdf(x - step / 2)
    expected = -torch.from_numpy(shares).log2().sum(1).mean()
    assert Rate()(record).item() == pytest.approx(expected.item(), rel=1e-4)


def test_it_asks_for_a_code_that_is_rounded() -> None:
    with pytest.raises(BadSetting, match="quantised"):
        Autoencoder(2, code="plain", loss={"mse": 1.0, "rate": 1.0}).fit([[0.0, 1.0]] * 9)
