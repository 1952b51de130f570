from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from isthmus.corruptions import (
    Blocks,
    Cells,
    Corruption,
    GaussianNoise,
    Grey,
    Holes,
    LoweredResolution,
    Masking,
    NoCorruption,
    SaltAndPepper,
)
from isthmus.corruptions.grey import luma
from isthmus.errors import BadSetting


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# What is wanted is drawn too; and rows are taken, with settings that say where pictures end.
TESTED_APART = {"binary", "missing-parts"}


@pytest.mark.parametrize("name", sorted(Corruption.choices.keys() - TESTED_APART))
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
    assert first.seen.shape[1:] == Corruption.resolve(name).seen_shape((8, 8, 3))


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


def test_blind_noise_has_any_deviation_between_its_ends():
    clean = torch.zeros(2000, 2500)
    noise = GaussianNoise(0.1, clip=False, deviation_up_to=0.5)(clean, generator()).seen
    deviations = noise.std(1).numpy()
    assert 0.095 < deviations.min() < 0.11
    assert 0.49 < deviations.max() < 0.52
    assert deviations.mean() == pytest.approx(0.3, abs=0.01)
    assert deviations.std() == pytest.approx(0.4 / 12**0.5, abs=0.01)


def test_salt_and_pepper_hits_whole_pixels_with_both_ends():
    clean = 0.2 + 0.6 * torch.rand(20, 50, 50, 3, generator=generator())
    clean[0, 0, 0], clean[0, 0, 1] = 0.0, 1.0
    seen = SaltAndPepper(0.2)(clean, generator(1)).seen
    low, high = (seen == end for end in (clean.min(), clean.max()))
    assert torch.equal(low.any(3), low.all(3))
    assert float(low.all(3).double().mean()) == pytest.approx(0.1, abs=0.005)
    assert float(high.all(3).double().mean()) == pytest.approx(0.1, abs=0.005)
    assert torch.equal(seen[~(low | high)], clean[~(low | high)])


HIDING = [Blocks(), Holes(), Cells()]


@pytest.mark.parametrize("corruption", HIDING, ids=lambda choice: choice.name)
def test_what_is_hidden_is_flagged_counted_and_all_that_may_change(corruption):
    clean = 1 + torch.rand(6, 12, 10, 2, generator=generator())
    batch = corruption(clean, generator(1))
    values, flags = batch.seen[..., :2], batch.seen[..., 2:]
    assert set(flags.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(values, clean * (1 - flags))
    assert torch.equal(batch.weight, flags.expand_as(batch.weight))
    restored = corruption.agree(torch.full_like(clean, 9.0), batch.seen)
    assert torch.equal(restored, torch.where(flags > 0, 9.0, clean))


@pytest.mark.parametrize("corruption", HIDING, ids=lambda choice: choice.name)
def test_missing_values_are_hidden_and_never_wanted(corruption):
    clean = torch.rand(4, 12, 10, 2, generator=generator())
    gappy = clean.clone()
    gappy[:, 3, 4, 1] = torch.nan
    batch = corruption(gappy, generator(1))
    assert not batch.seen.isnan().any()
    assert not batch.target.isnan().any()
    assert (batch.seen[:, 3, 4] == torch.tensor([0.0, 0.0, 1.0])).all()
    assert (batch.weight[:, 3, 4, 1] == 0).all()
    assert torch.equal(corruption.seen(gappy)[:, 3, 4], batch.seen[:, 3, 4])


def test_cells_of_rows_are_hidden_one_by_one():
    rows = torch.rand(500, 40, generator=generator())
    batch = Cells(0.25, None)(rows, generator(1))
    assert batch.seen.shape == (500, 80)
    assert float(batch.seen[:, 40:].mean()) == pytest.approx(0.25, abs=0.01)


def test_blocks_are_rectangles_of_the_sides_stated():
    hidden = Blocks(0.2, 0.5, count=1)(torch.ones(3000, 20, 40, 1), generator())
    hidden = hidden.seen[..., 1] > 0
    for picture in hidden[:300]:
        rows, columns = (picture.any(axis).nonzero()[:, 0] for axis in (1, 0))
        assert picture.sum() == len(rows) * len(columns)
        assert rows[-1] - rows[0] + 1 == len(rows)
        assert 4 <= len(rows) <= 10
        assert 8 <= len(columns) <= 20
    assert hidden.any(0).all(), "some place is never hidden"


def test_holes_hide_the_share_stated_in_pieces_large_and_small():
    hidden = Holes(0.3, 0.3)(torch.ones(60, 40, 40, 1), generator()).seen[..., 1] > 0
    assert (hidden.flatten(1).sum(1) == round(0.3 * 1600)).all()
    borders = (hidden[:, 1:] != hidden[:, :-1]).flatten(1).double().mean(1)
    assert borders.min() < 0.06
    assert borders.max() > 0.3


def test_grey_is_what_pillow_makes_of_colour_and_is_kept():
    clean = torch.rand(2, 9, 7, 3, generator=generator())
    seen = Grey()(clean, None).seen
    for picture, grey in zip(clean, seen, strict=True):
        pixels = np.rint(picture.numpy() * 255).astype(np.uint8)
        expected = np.asarray(Image.fromarray(pixels).convert("L"))
        np.testing.assert_allclose(grey[..., 0].numpy() * 255, expected, atol=1.01)
        assert torch.equal(grey[..., 0], grey[..., 1])
    agreed = Grey().agree(torch.rand(2, 9, 7, 3, generator=generator(1)), seen)
    torch.testing.assert_close(luma(agreed), seen[..., :1], atol=1e-6, rtol=0)
    torch.testing.assert_close(Grey().seen(seen[..., :1]), seen)


@pytest.mark.parametrize("factor", [2, 3])
def test_resolution_is_lowered_to_means_of_squares(factor):
    clean = torch.rand(2, 6 * factor, 5 * factor, 3, generator=generator())
    corruption = LoweredResolution(factor)
    means = clean.unflatten(2, (5, factor)).unflatten(1, (6, factor)).mean((2, 4))
    torch.testing.assert_close(corruption(clean, None).seen, corruption.seen(means))
    assert corruption.damaged_shape(tuple(clean.shape[1:])) == tuple(means.shape[1:])
    assert corruption.seen(means).shape == clean.shape


def test_a_side_that_the_factor_does_not_divide_keeps_its_length():
    clean = torch.rand(1, 7, 9, 1, generator=generator())
    assert LoweredResolution(2)(clean, None).seen.shape == clean.shape


@pytest.mark.parametrize("name", ["blocks", "holes", "grey", "resolution"])
def test_what_is_for_pictures_refuses_rows(name):
    with pytest.raises(BadSetting, match="pictures"):
        Corruption.resolve(name)(torch.rand(3, 5), generator())
