from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.corruptions import Corruption, GaussianNoise, Masking, NoCorruption


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", sorted(Corruption.choices))
def test_the_contract(name):
    clean = torch.rand(5, 8, 8, 3, generator=generator())
    before = clean.clone()
    torch.manual_seed(0)
    first = Corruption.resolve(name)(clean, generator(1))
    torch.manual_seed(1)
    second = Corruption.resolve(name)(clean, generator(1))
    assert torch.equal(clean, before), "the user's items were changed"
    assert torch.equal(first.target, clean)
    assert torch.equal(first.seen, second.seen)
    assert first.seen.dtype == clean.dtype
    assert Corruption.resolve(name).acts in ("train", "always")


def test_nothing_is_hidden_by_none():
    clean = torch.rand(5, 4)
    assert torch.equal(NoCorruption()(clean, None).seen, clean)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_masking_hides_the_share_it_states(share, dtype):
    clean = torch.ones(50, 40, 50, dtype=dtype)
    seen = Masking(share)(clean, generator()).seen
    assert set(seen.unique().tolist()) <= {0.0, 1.0}
    assert float((seen == 0).double().mean()) == pytest.approx(share, abs=0.005)


def test_masking_draws_each_items_share_evenly_between_its_ends():
    seen = Masking(0.3, 0.5)(torch.ones(2000, 3000), generator()).seen
    shares = (seen == 0).double().mean(1).numpy()
    assert 0.26 < shares.min() < 0.32
    assert 0.48 < shares.max() < 0.54
    assert shares.mean() == pytest.approx(0.4, abs=0.005)
    # An even spread over 0.2 has the deviation 0.2 / sqrt(12).
    assert shares.std() == pytest.approx(0.2 / 12**0.5, abs=0.003)


def test_masking_hides_other_values_in_every_item():
    seen = Masking(0.5)(torch.ones(2, 1000), generator()).seen
    assert 0.4 < float((seen[0] == seen[1]).double().mean()) < 0.6


@pytest.mark.parametrize("deviation", [0.0, 0.1, 2.0])
def test_noise_has_the_deviation_it_states(deviation):
    clean = torch.full((100, 1000), -3.0)
    noise = (GaussianNoise(deviation)(clean, generator()).seen - clean).numpy()
    assert noise.mean() == pytest.approx(0.0, abs=0.01 * deviation + 1e-9)
    assert noise.std() == pytest.approx(deviation, rel=0.01)


def test_noise_stays_in_the_range_of_pixels():
    clean = torch.rand(20, 100, generator=generator())
    clipped = GaussianNoise(0.5)(clean, generator(1)).seen
    free = GaussianNoise(0.5, clip=False)(clean, generator(1)).seen
    np.testing.assert_array_equal(clipped, free.clamp(0, 1))
    assert float(free.min()) < 0 < 1 < float(free.max())


def test_noise_on_other_data_is_never_clipped():
    clean = 3 * torch.randn(20, 100, generator=generator())
    seen = GaussianNoise(0.5)(clean, generator(1)).seen
    assert torch.equal(seen, GaussianNoise(0.5, clip=False)(clean, generator(1)).seen)
