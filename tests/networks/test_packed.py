from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from isthmus import Autoencoder
from isthmus.networks.packed import packed


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Linear(40, 7, bias=False), nn.Tanh())
    return nn.Sequential(nn.Linear(30, 40), nn.GELU(), inner)


@pytest.mark.parametrize("n", [1, 5, 300])
def test_the_answers_are_those_of_the_module(network: nn.Sequential, n: int) -> None:
    x = torch.randn(n, 30)
    with torch.no_grad():
        torch.testing.assert_close(packed(network)(x), network(x))


def test_the_module_stays_as_it_was_and_lends_its_tensors(network: nn.Sequential) -> None:
    before = str(network)
    twin = packed(network)
    assert str(network) == before
    assert {p.data_ptr() for p in twin.parameters()} == {p.data_ptr() for p in network.parameters()}


def test_gradients_are_those_of_the_module(network: nn.Sequential) -> None:
    x = torch.randn(3, 30)

    def slope(module: nn.Module) -> torch.Tensor:
        at = x.clone().requires_grad_()
        return torch.autograd.grad(module(at).square().sum(), at)[0]

    torch.testing.assert_close(slope(packed(network)), slope(network))


@pytest.mark.parametrize("preset", [None, "vae", "single-size"])
def test_many_items_are_answered_as_few(preset: str | None) -> None:
    X = np.random.default_rng(0).normal(size=(600, 12)).astype(np.float32)
    ae = Autoencoder.from_preset(preset, 4, training={"epochs": 2}, random_state=0).fit(X)
    codes = ae.transform(X)
    few = [slice(start, start + 50) for start in range(0, 600, 50)]
    np.testing.assert_allclose(codes, np.concatenate([ae.transform(X[s]) for s in few]), atol=2e-5)
    rebuilt = np.concatenate([ae.inverse_transform(codes[s]) for s in few])
    np.testing.assert_allclose(ae.inverse_transform(codes), rebuilt, atol=2e-5)
