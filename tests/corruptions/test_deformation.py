"""Pictures changed in place a little, against pictures whose change is known."""

from __future__ import annotations

import pytest
import torch

from isthmus.corruptions import Deformation
from isthmus.errors import BadSetting

SIDE = 33
STILL = {"turn": 0.0, "stretch": 0.0, "lean": 0.0, "move": 0.0, "bend": 0.0}
# Away from the border, which goes on outside.
INSIDE = slice(8, -8)


def chance() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def ramps(n: int = 400) -> torch.Tensor:
    """Pictures of two channels: the column and the row of each pixel, as shares of the side."""
    place = torch.arange(SIDE) / SIDE
    across, down = place.expand(SIDE, SIDE), place[:, None].expand(SIDE, SIDE)
    return torch.stack([across, down], dim=-1).expand(n, -1, -1, -1)


def slopes(**settings: float) -> torch.Tensor:
    """What a step right and a step down add to column and row, shape (n, 2, 2): the linear part."""
    seen = Deformation(**(STILL | settings))(ramps(), chance()).seen * SIDE
    middle = seen[:, SIDE // 2, SIDE // 2]
    right, below = seen[:, SIDE // 2, SIDE // 2 + 1], seen[:, SIDE // 2 + 1, SIDE // 2]
    return torch.stack([right - middle, below - middle], dim=1)


def test_nothing_is_changed_where_all_is_zero():
    pictures = torch.rand(5, 12, 9, 3, generator=chance())
    batch = Deformation(**STILL)(pictures, chance())
    assert torch.allclose(batch.seen, pictures, atol=1e-5)
    assert torch.equal(batch.target, pictures)


def test_a_turn_keeps_lengths_and_stays_within_its_angle():
    steps = slopes(turn=20.0)
    assert torch.allclose(steps @ steps.mT, torch.eye(2).expand_as(steps), atol=1e-3)
    degrees = torch.rad2deg(torch.atan2(steps[:, 0, 1], steps[:, 0, 0]))
    assert 17 < degrees.abs().max() <= 20.01
    assert degrees.mean().abs() < 2


def test_a_stretch_multiplies_each_side_by_a_factor_within_its_range():
    steps = slopes(stretch=0.2)
    factors = torch.diagonal(steps, dim1=1, dim2=2).log()
    assert 0.18 < factors.abs().max() <= 0.2001
    assert torch.allclose(steps[:, 0, 1], torch.zeros(len(steps)), atol=1e-3)


def test_a_zoom_shows_a_part_from_within_the_picture():
    seen = Deformation(**STILL, zoom=0.7)(ramps(), chance()).seen
    steps = slopes(zoom=0.7)
    factors = torch.diagonal(steps, dim1=1, dim2=2)
    assert torch.allclose(factors[:, 0], factors[:, 1], atol=1e-3)
    assert -0.7001 <= factors.log().min() < -0.65
    assert factors.max() <= 1.001
    # The whole of what is shown lies inside: values go on rising to the very border.
    assert (seen[:, :, -1, 0] > seen[:, :, -2, 0]).float().mean() > 0.98
    middle = seen[:, SIDE // 2, SIDE // 2] * SIDE - SIDE // 2
    assert middle.abs().max() > 4


def test_a_lean_moves_rows_alone():
    steps = slopes(lean=0.3)
    assert torch.allclose(steps[:, 1, 1], torch.ones(len(steps)), atol=1e-3)
    assert torch.allclose(steps[:, 0], torch.tensor([1.0, 0.0]).expand(len(steps), 2), atol=1e-3)
    assert 0.27 < steps[:, 1, 0].abs().max() <= 0.3001


def test_a_move_is_a_share_of_the_side():
    pictures = ramps()
    seen = Deformation(**(STILL | {"move": 0.1}))(pictures, chance()).seen
    moved = (seen - pictures)[:, INSIDE, INSIDE]
    assert torch.allclose(moved, moved[:, :1, :1].expand_as(moved), atol=1e-5)
    assert 0.09 < moved.abs().max() <= 0.1001


def test_a_bend_is_smooth_and_as_large_as_said():
    pictures = ramps()
    seen = Deformation(**(STILL | {"bend": 0.03}))(pictures, chance()).seen
    moved = (seen - pictures)[:, INSIDE, INSIDE]
    assert float(moved.std()) == pytest.approx(0.03, rel=0.35)
    # Next pixels move nearly alike.
    assert (moved[:, 1:] - moved[:, :-1]).std() < 0.3 * moved.std()


def test_mirrored_pictures_are_mirrored_exactly():
    pictures = torch.rand(5, 12, 9, 3, generator=chance())
    seen = Deformation(**STILL, mirror=1.0)(pictures, chance()).seen
    assert torch.allclose(seen, pictures.flip(2), atol=1e-5)


def test_the_same_chance_makes_the_same_change_and_each_picture_has_its_own():
    pictures = torch.rand(1, 16, 16, 1, generator=chance()).expand(3, -1, -1, -1)
    first, again = (Deformation()(pictures, chance()).seen for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.allclose(first[0], first[1], atol=1e-2)


def test_rows_are_refused():
    with pytest.raises(BadSetting, match="needs pictures"):
        Deformation()(torch.zeros(3, 5), chance())
