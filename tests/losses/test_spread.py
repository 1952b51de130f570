"""The score of samples: least where they are spread as the items are."""

from __future__ import annotations

import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from isthmus.errors import BadSetting
from isthmus.losses import Record, Spread, resolve_loss


def record(pair: torch.Tensor, target: torch.Tensor, weight: torch.Tensor | None = None) -> Record:
    same = torch.nn.Identity()
    return Record(target, target, weight, target, target, same, same, {"pair": pair})


def scored(deviation: float, n: int = 40_000) -> float:
    """The score of normal samples where the items are standard normal, of one pixel each."""
    generator = torch.Generator().manual_seed(0)
    pair = deviation * torch.randn(2, n, 1, 1, 1, generator=generator)
    target = torch.randn(n, 1, 1, 1, generator=generator)
    return float(Spread()(record(pair, target)))


def exact(deviation: float) -> float:
    """The expected CRPS of N(0, deviation) for N(0, 1), by its integral over thresholds."""
    found, _ = quad(
        lambda t: (norm.cdf(t / deviation) - norm.cdf(t)) ** 2 + norm.cdf(t) * norm.sf(t), -8, 8
    )
    return found


@pytest.mark.parametrize("deviation", [0.5, 1.0, 2.0])
def test_of_single_pixels_it_is_the_crps(deviation):
    # A single pixel is its own square at each of the five resolutions, counted as 1, 4, 16 ..
    assert scored(deviation) / sum(4.0**scale for scale in range(5)) == pytest.approx(
        exact(deviation), rel=0.03
    )


def test_it_is_least_where_samples_are_spread_as_items_are():
    assert scored(1.0) < min(scored(0.7), scored(1.4))


def test_samples_that_err_together_score_worse_where_items_do_not():
    generator = torch.Generator().manual_seed(0)
    target = torch.randn(4000, 16, 16, 1, generator=generator)
    apart = torch.randn(2, 4000, 16, 16, 1, generator=generator)
    together = torch.randn(2, 4000, 1, 1, 1, generator=generator).expand_as(apart)
    assert Spread()(record(apart, target)) < Spread()(record(together, target))


def test_only_what_counts_counts():
    target, weight = torch.zeros(1, 8, 8, 1), torch.zeros(1, 8, 8, 1)
    weight[:, :4] = 1
    pair = torch.zeros(2, 1, 8, 8, 1)
    pair[:, :, 4:] = 7
    assert float(Spread()(record(pair, target, weight))) == pytest.approx(0.0, abs=0.1)
    pair[:, :, :4] = 7
    assert float(Spread()(record(pair, target, weight))) > 100


def test_it_needs_a_code_that_draws():
    with pytest.raises(BadSetting, match="code='draws'"):
        resolve_loss("spread")["spread"].check(frozenset())
