"""The network that mends pictures: what it reaches, and that tiles leave no seams."""

from __future__ import annotations

import pytest
import torch

from isthmus.networks import Site
from isthmus.networks.levels import Levels
from isthmus.networks.u_net import UNet
from isthmus.restoring import in_tiles

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


def test_before_training_a_picture_comes_out_as_it_came():
    banks = UNet().build(Site((16, 16, 3), 768, 768, 768, seen_shape=(16, 16, 4)))
    seen = torch.rand(2, 16, 16, 4)
    assert torch.equal(banks.decoder(banks.encoder(seen)), seen[..., :3])
