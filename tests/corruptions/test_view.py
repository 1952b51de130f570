"""Other views of a picture, against what each setting says of them."""

from __future__ import annotations

import pytest
import torch

from isthmus.corruptions import Corruption, Deformation, View
from isthmus.errors import BadSetting

STILL = {"name": "deformation", "turn": 0.0, "stretch": 0.0, "lean": 0.0, "move": 0.0, "bend": 0.0}
PLAIN = {"deformation": STILL, "contrast": 0.0, "gamma": 0.0, "cover": 0.0}


def chance() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def pictures() -> torch.Tensor:
    """In no range in particular, as scaled ones are."""
    return 3 * torch.rand(300, 20, 24, 2, generator=chance()) - 1


def seen(pictures: torch.Tensor, **settings: object) -> torch.Tensor:
    batch = View(**(PLAIN | settings))(pictures, chance())
    assert torch.equal(batch.target, pictures)
    return batch.seen


def test_nothing_is_changed_where_all_is_zero(pictures):
    assert torch.allclose(seen(pictures), pictures, atol=1e-5)


def test_it_is_deformed_as_it_says(pictures):
    small = {**STILL, "turn": 9.0, "zoom": 0.3}
    wanted = Deformation.resolve(small)(pictures, chance()).seen
    assert torch.allclose(seen(pictures, deformation=small), wanted, atol=1e-5)


def test_contrast_multiplies_what_is_above_the_darkest(pictures):
    found = seen(pictures, contrast=0.5)
    dark = pictures.amin(dim=(1, 2, 3), keepdim=True)
    factors = ((found - dark) / (pictures - dark).clamp(min=0.1)).flatten(1)
    factors = factors[(pictures - dark).flatten(1) > 0.5].log()
    assert 0.45 < factors.abs().max() <= 0.501


def test_gamma_keeps_the_darkest_and_the_brightest_and_the_order(pictures):
    found = seen(pictures, gamma=1.0)
    for edge in (torch.amin, torch.amax):
        assert torch.allclose(edge(found, (1, 2, 3)), edge(pictures, (1, 2, 3)), atol=0.02)
    order = pictures.flatten(1).argsort(1)
    assert (found.flatten(1).gather(1, order).diff(dim=1) > -1e-3).all()
    assert (found - pictures).abs().max() > 0.5


def test_a_rectangle_of_one_shade_covers_the_share_of_pictures(pictures):
    changed = (seen(pictures, cover=0.6) != seen(pictures)).any(-1)
    of = changed.flatten(1).any(1)
    assert of.float().mean() == pytest.approx(0.6, abs=0.1)
    one = changed[of][0]
    rows, columns = one.any(1).nonzero(), one.any(0).nonzero()
    box = one[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert box.all()
    assert 0.0 < changed.float().mean() < 0.4**2
    shades = seen(pictures, cover=0.6)[of][0][one]
    assert torch.allclose(shades, shades[:1, :1].expand_as(shades))


def test_flat_pictures_stay_finite():
    assert View()(torch.ones(4, 9, 9, 1), chance()).seen.isfinite().all()


def test_rows_are_refused():
    with pytest.raises(BadSetting, match="needs pictures"):
        View()(torch.zeros(3, 5), chance())


def test_it_comes_back_from_a_file():
    view = View(deformation=Deformation(turn=3.0), cover=0.1)
    again = Corruption.resolve(view.to_dict())
    pictures = torch.rand(5, 8, 8, 1, generator=chance())
    assert torch.equal(again(pictures, chance()).seen, view(pictures, chance()).seen)
