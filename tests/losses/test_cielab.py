"""Colours against the values that are printed for them, the term against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadSetting
from isthmus.losses import CIELab, Record
from isthmus.losses.cielab import lab

RNG = np.random.default_rng(0)


def record(target, output, weight=None) -> Record:
    return Record(target, target, weight, output, output, nn.Identity(), nn.Identity())


# L*, a*, b* of the corners of sRGB under D65, as colour handbooks print them.
CORNERS = {
    (0, 0, 0): (0.0, 0.0, 0.0),
    (1, 1, 1): (100.0, 0.0, 0.0),
    (1, 0, 0): (53.24, 80.09, 67.20),
    (0, 1, 0): (87.73, -86.18, 83.18),
    (0, 0, 1): (32.30, 79.19, -107.86),
    (1, 1, 0): (97.14, -21.55, 94.48),
    (0, 1, 1): (91.11, -48.09, -14.13),
    (1, 0, 1): (60.32, 98.23, -60.82),
}


@pytest.mark.parametrize(("colour", "wanted"), CORNERS.items())
def test_colours_are_where_handbooks_have_them(colour, wanted):
    assert lab(torch.tensor([colour], dtype=torch.float64))[0].numpy() == pytest.approx(
        wanted, abs=0.02
    )


def test_colours_are_those_of_scikit_image():
    color = pytest.importorskip("skimage.color", reason="a rival in the benchmarks' extra")
    pictures = RNG.random((20, 20, 3)) * RNG.random((20, 20, 1)) ** 3
    found = lab(torch.from_numpy(pictures)).numpy()
    assert found == pytest.approx(color.rgb2lab(pictures), abs=1e-3)


def test_the_term_is_the_squared_distance_in_hundreds():
    target, output = torch.from_numpy(RNG.random((2, 4, 5, 6, 3)))
    apart = (lab(output) - lab(target)).numpy() / 100
    given = record(target=target, output=output)
    assert float(CIELab()(given)) == pytest.approx(np.square(apart).sum() / 4)
    weight = torch.from_numpy(RNG.random((4, 5, 6, 1)))
    given = record(target=target, output=output, weight=weight)
    assert float(CIELab()(given)) == pytest.approx((np.square(apart) * weight.numpy()).sum() / 4)


def test_gradients_are_those_of_finite_differences_beyond_the_range_too():
    values = np.array([-0.2, 0.0, 0.01, 0.03, 0.06, 0.5, 1.0, 1.3])
    output = torch.from_numpy(RNG.choice(values + 1e-4, (1, 4, 4, 3))).requires_grad_()
    target = torch.from_numpy(RNG.random((1, 4, 4, 3)))
    assert torch.autograd.gradcheck(lambda y: CIELab()(record(target=target, output=y)), output)


@pytest.mark.parametrize("shape", [(8, 6), (8, 6, 6)])
def test_what_has_no_colours_is_refused(shape):
    with pytest.raises(BadSetting, match="pictures in colour"):
        Autoencoder(2, loss="cielab").fit(RNG.random(shape))
