"""The network for pictures with numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.errors import BadSetting
from isthmus.networks import Mixed, PCAStart, Site, Start
from isthmus.principal import PrincipalComponents

SHAPE, K = (8, 8), 3
ROW = (64 + 5,)


def site(up: int = 1, down: int = 1) -> Site:
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(ROW[0], K)))[0].T
    pca = PrincipalComponents(rng.normal(size=ROW[0]), directions, np.ones(K), float(ROW[0]))
    return Site(ROW, K, up * K, down * K, Start(pca))


@pytest.mark.parametrize("network", ["dense", "conv", "auto"])
@pytest.mark.parametrize(("up", "down"), [(1, 1), (2, 2)])
def test_gives_the_widths_that_the_code_asks_for(network, up, down):
    banks = Mixed(SHAPE, network).build(site(up, down))
    assert banks.encoder(torch.rand(7, *ROW)).shape == (7, up * K)
    assert banks.decoder(torch.rand(7, down * K)).shape == (7, *ROW)


@pytest.mark.parametrize("network", ["dense", "conv"])
def test_every_parameter_is_trained(network):
    banks = Mixed(SHAPE, network).build(site())
    banks.decoder(banks.encoder(torch.rand(9, *ROW))).square().sum().backward()
    for bank in (banks.encoder, banks.decoder):
        for name, parameter in bank.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_both_parts_reach_every_number_of_the_code():
    encoder = Mixed(SHAPE).build(site()).encoder
    row = torch.rand(1, *ROW, requires_grad=True)
    for i in range(K):
        (gradient,) = torch.autograd.grad(encoder(row)[0, i], row)
        assert gradient[0, :64].abs().sum() > 0
        assert gradient[0, 64:].abs().sum() > 0


def test_corrections_of_pca_begin_at_none():
    place = site()
    banks = PCAStart(refine=Mixed(SHAPE)).build(place)
    rows = torch.randn(6, *ROW)
    pca = place.start.principal
    codes = pca.transform(rows.numpy())
    np.testing.assert_allclose(banks.encoder(rows).detach(), codes, atol=1e-5)
    back = banks.decoder(torch.from_numpy(codes).float()).detach()
    np.testing.assert_allclose(back, pca.inverse_transform(codes), atol=1e-5)


def test_rows_that_are_all_picture_are_refused():
    with pytest.raises(BadSetting, match="some numbers behind"):
        Mixed((8, 8)).build(Site((64,), K, K, K))


@pytest.mark.parametrize("inner", ["pca-start", "u-net"])
def test_networks_that_give_no_code_of_their_own_are_refused(inner):
    with pytest.raises(BadSetting, match="for its picture"):
        Mixed(SHAPE, inner).build(site())
