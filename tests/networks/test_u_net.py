"""The network that mends pictures: what it reaches, and that tiles leave no seams."""

from __future__ import annotations

import pytest
import torch

from isthmus.errors import BadSetting
from isthmus.networks import Site
from isthmus.networks.filling import blurred, filled
from isthmus.networks.levels import Levels
from isthmus.networks.u_net import SMOOTH, UNet
from isthmus.restoring import in_tiles
from isthmus.training import Training

SHAPES = [((8,), (2,), 1), ((6, 8), (1, 1), 2), ((4, 6, 8), (1, 1, 2), 2), ((4, 8), (2, 1), 4)]


def trained(levels: Levels) -> Levels:
    """As after training: no weight is zero any more."""
    torch.manual_seed(0)
    for weight in levels.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return levels.double()


@pytest.mark.parametrize(("widths", "blocks", "fold"), SHAPES)
def test_nothing_beyond_the_reach_touches_a_pixel(widths, blocks, fold):
    levels = trained(Levels((1, 1), widths, blocks, fold))
    side = 4 * levels.reach // levels.multiple * levels.multiple + levels.multiple
    x = torch.rand(1, side, side, 1, dtype=torch.float64, requires_grad=True)
    farthest = 0
    for place in range(side // 2, side // 2 + levels.multiple):
        (slope,) = torch.autograd.grad(levels(x)[0, place, place, 0], x)
        touched = slope[0, :, :, 0].abs().sum(1).nonzero()[:, 0]
        farthest = max(farthest, int((touched - place).abs().max()))
    assert farthest <= levels.reach
    assert farthest >= levels.reach // 2, "the reach is stated far too large"


@pytest.mark.parametrize(("widths", "blocks", "fold"), SHAPES)
@pytest.mark.parametrize("size", [(70, 61), (33, 96)])
def test_tiles_give_what_the_whole_gives(widths, blocks, fold, size):
    levels = trained(Levels((2, 1), widths, blocks, fold))
    x = torch.rand(2, *size, 2, dtype=torch.float64)
    with torch.no_grad():
        tiled = in_tiles(levels, x, levels.multiple, levels.reach, side=16)
        torch.testing.assert_close(tiled, levels(x), rtol=1e-10, atol=1e-10)


def begun(seen: torch.Tensor, **settings) -> torch.Tensor:
    shape = (*seen.shape[1:3], 3)
    banks = UNet(**settings).build(Site(shape, 768, 768, 768, seen_shape=tuple(seen.shape[1:])))
    return banks.decoder(banks.encoder(seen))


def test_before_training_a_picture_comes_out_as_it_came():
    seen = torch.rand(2, 16, 16, 3)
    assert torch.equal(begun(seen), seen)


@pytest.mark.parametrize("relative", [False, True])
def test_before_training_holes_are_filled_smoothly(relative):
    seen = torch.rand(2, 16, 16, 4)
    seen[..., 3] = (seen[..., 3] > 0.5).float()
    restored = begun(seen, relative=relative)
    torch.testing.assert_close(restored, filled(seen[..., :3], seen[..., 3:] > 0))


def test_relative_needs_flags():
    with pytest.raises(BadSetting, match="flags nothing"):
        begun(torch.rand(2, 16, 16, 3), relative=True)


def test_a_higher_and_steeper_map_is_mended_alike():
    torch.manual_seed(0)
    network = UNet(relative=True, widths=(8, 16), blocks=(1, 1))
    banks = network.build(Site((32, 32, 1), 1024, 1024, 1024, seen_shape=(32, 32, 2)))
    trained(banks.decoder.levels)
    heights, hidden = torch.rand(1, 32, 32, 1).double(), torch.zeros(1, 32, 32, 1).double()
    hidden[:, 10:20, 12:25] = 1

    def mended(x: torch.Tensor) -> torch.Tensor:
        seen = torch.cat([x * (1 - hidden), hidden], dim=-1)
        return banks.decoder(banks.encoder(seen))

    torch.testing.assert_close(mended(3 * heights + 700), 3 * mended(heights) + 700)


@pytest.fixture
def surface():
    """What mends surfaces, with two fields of chance, and something begun."""
    torch.manual_seed(0)
    network = UNet(relative=True, widths=(8,), blocks=(1,))
    site = Site((32, 32, 1), 1024, 1024, 1024, seen_shape=(32, 32, 2), beside=2)
    mend = network.build(site).decoder
    trained(mend.levels)
    return mend, torch.rand(1, 32, 32, 9).double()


def test_corrections_of_surfaces_are_smooth(surface):
    mend, begun = surface
    correction = (mend.train()(begun) - begun[..., :1]) / begun[..., 2:3]
    rough = mend.levels(begun[..., 3:])
    torch.testing.assert_close(correction, blurred(rough, SMOOTH))
    assert correction.diff(dim=1).abs().mean() < 0.7 * rough.diff(dim=1).abs().mean()


def test_in_use_half_of_the_best_answer_is_kriging_and_samples_lie_as_far_from_it(surface):
    mend, drawn = surface
    quiet = drawn.clone()
    quiet[..., -2:] = 0
    learnt, sample = mend.train()(quiet), mend(drawn)
    best = mend.eval()(quiet)
    torch.testing.assert_close(best, (learnt + drawn[..., 1:2]) / 2)
    torch.testing.assert_close(mend(drawn) - best, sample - learnt)
    assert (sample - learnt).abs().min() > 0


def test_fewer_pictures_a_step_are_learnt_from_at_a_smaller_rate():
    rates = {
        side: UNet().suited(Training(), (side, side, 3)).learning_rate for side in (28, 64, 128)
    }
    assert rates[28] == rates[64] == pytest.approx(2 * rates[128])
    asked = Training(learning_rate=0.01)
    assert UNet().suited(asked, (128, 128, 3)).learning_rate == 0.01
