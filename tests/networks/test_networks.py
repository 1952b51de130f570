"""Every network keeps the contract of the slot, whatever the data and the code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.errors import BadSetting
from isthmus.networks import Auto, Conv, Dense, Linear, PCAStart, Site, Start
from isthmus.principal import PrincipalComponents


def site(shape: tuple[int, ...], k: int, up: int = 1, down: int = 1) -> Site:
    p = torch.Size(shape).numel()
    pca = PrincipalComponents(np.zeros(p), np.eye(k, p), np.ones(k), float(p))
    return Site(shape, k, up * k, down * k, Start(pca))


@pytest.mark.parametrize("shape", [(8, 8, 1), (1, 1, 1), (5, 13, 3), (33, 17, 2), (28, 28, 4)])
@pytest.mark.parametrize("widths", [(6,), (4, 6), (4, 6, 8)])
def test_conv_fits_pictures_of_any_size(shape, widths):
    x = torch.rand(2, *shape)
    banks = Conv(widths).build(site(shape, 3))
    assert banks.encoder(x).shape == (2, 3)
    assert banks.decoder(torch.rand(2, 3)).shape == x.shape


def test_conv_may_rebuild_by_dense_layers():
    shape = (9, 12, 2)
    banks = Conv((4, 6), rebuild=(11,)).build(site(shape, 3))
    assert banks.decoder(torch.rand(5, 3)).shape == (5, *shape)
    widths = [m.out_features for m in banks.decoder if isinstance(m, torch.nn.Linear)]
    assert widths == [11, 9 * 12 * 2]


@pytest.mark.parametrize("network", [Linear(), Dense((7,)), Dense(()), PCAStart(), Auto()])
@pytest.mark.parametrize("shape", [(6,), (4, 5, 2)])
@pytest.mark.parametrize(("up", "down"), [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_gives_the_widths_that_the_code_asks_for(network, shape, up, down):
    x = torch.rand(2, *shape)
    banks = network.build(site(shape, 3, up, down))
    assert banks.encoder(x).shape == (2, 3 * up)
    assert banks.decoder(torch.rand(2, 3 * down)).shape == x.shape


@pytest.mark.parametrize(
    "network", [Linear(), Dense((7,)), Conv((4,)), Conv((4,), rebuild=(5,)), PCAStart()]
)
def test_every_parameter_is_trained(network):
    banks = network.build(site((4, 4, 1), 3))
    for bank in (banks.encoder, banks.decoder):
        for parameter in bank.parameters():
            torch.nn.init.normal_(parameter)
    banks.decoder(banks.encoder(torch.rand(9, 4, 4, 1))).square().sum().backward()
    for bank in (banks.encoder, banks.decoder):
        for name, parameter in bank.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_conv_needs_pictures():
    with pytest.raises(BadSetting, match="needs pictures"):
        Conv().build(site((6,), 3))


@pytest.mark.parametrize(
    "network",
    [
        Conv(widths=()),
        Conv(widths=(0,)),
        Conv(widths=(-4,)),
        Conv(widths=8),
        Dense(hidden=(0,)),
        Dense(hidden=(-3,)),
        Dense(hidden=(2.5,)),
        Dense(hidden=8),
        Dense(hidden="8"),
    ],
)
def test_bad_widths_are_refused(network):
    with pytest.raises(BadSetting, match=r"hidden|widths"):
        type(network).resolve(network).build(site((4, 4, 1), 3))


def test_auto_takes_convolutions_for_large_pictures_only():
    assert isinstance(Auto().chosen((33, 32, 1)), Conv)
    assert isinstance(Auto().chosen((32, 32, 1)), Dense)
    assert isinstance(Auto().chosen((5000,)), Dense)


def test_an_overcomplete_code_is_longer_than_the_data():
    assert Dense(components_per_feature=1.5).natural_components((8, 8, 1)) == 96
    assert Dense(components_per_feature=0.001).natural_components((8,)) == 1
    assert Dense().natural_components((8,)) == 8
    assert Dense().natural_components((800,)) == 32


def test_pca_start_without_pca_is_refused():
    with pytest.raises(BadSetting, match="needs the PCA"):
        PCAStart().build(Site((6,), 3, 3, 3))
