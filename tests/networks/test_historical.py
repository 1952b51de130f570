"""The historical networks are the ones of the papers and courses: their sizes are counted here."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from isthmus.autoencoder import Autoencoder
from isthmus.presets import PRESETS


def dense(*widths: int) -> int:
    return sum(a * b + b for a, b in pairwise(widths))


def conv(*channels: int) -> int:
    return sum(9 * a * b + b for a, b in pairwise(channels))


# name: (encoder, decoder), counted from the layers in the sources
COUNTED = {
    "dense-20": (dense(784, 100, 20), dense(20, 100, 784)),
    "conv-4x4x4": (conv(1, 8, 4, 4), conv(4, 4, 4, 8, 1)),
    "conv-7x7x8": (conv(1, 16, 8), conv(8, 8, 16, 1)),
    "denoising-conv": (conv(1, 32, 32), conv(32, 32, 32, 1)),
    "scenes-1024": (
        conv(3, 32, 64, 128, 256, 512) + dense(512, 1024),
        conv(4, 512, 256, 128, 64, 32, 3),
    ),
    "denoising-dense": (dense(784, 500, 300, 100), dense(100, 300, 500, 784)),
    "compression-7x7x1": (
        conv(1, 128, 64, 32, 16, 8, 4, 2, 1),
        conv(1, 2, 4, 8, 16, 32, 64, 128, 1),
    ),
}
# (encoder, total) as the sources print them
PRINTED = {
    "dense-20": (80_520, 161_804),
    "conv-4x4x4": (520, 1_185),
    "conv-7x7x8": (1_320, 3_217),
    "scenes-1024": (2_093_888, 2_093_888 + 1_587_011),
}
HISTORICAL = [name for name, preset in PRESETS.items() if preset.native_shape is not None]


def untrained(name: str) -> Autoencoder:
    shape = PRESETS[name].native_shape
    items = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
    return Autoencoder.from_preset(name, training={"epochs": 0}, random_state=0).fit(items)


def n_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_every_historical_network_is_counted():
    assert set(COUNTED) == set(HISTORICAL)


@pytest.mark.parametrize("name", HISTORICAL)
def test_parameter_counts(name):
    ae = untrained(name)
    encoder, decoder = n_parameters(ae.model_.encoder), n_parameters(ae.model_.decoder)
    assert (encoder, decoder) == COUNTED[name]
    assert ae.n_parameters_ == encoder + decoder
    if name in PRINTED:
        assert (encoder, encoder + decoder) == PRINTED[name]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("dense-20", (20,)),
        ("conv-4x4x4", (4, 4, 4)),
        ("conv-7x7x8", (7, 7, 8)),
        ("denoising-conv", (7, 7, 32)),
        ("denoising-dense", (100,)),
        ("compression-7x7x1", (7, 7, 1)),
    ],
)
def test_code_shapes(name, shape):
    ae = untrained(name)
    assert ae.code_shape_ == shape
    assert ae.n_components_ == np.prod(shape)


def test_conv_4x4x4_goes_through_8_16_14_and_28_pixels():
    model = untrained("conv-4x4x4").model_
    sides = []
    for layer in model.modules():
        if isinstance(layer, nn.MaxPool2d | nn.Upsample) or (
            isinstance(layer, nn.Conv2d) and layer.padding == "valid"
        ):
            layer.register_forward_hook(lambda layer, given, made: sides.append(made.shape[-1]))
    model.decode(model.encode(torch.rand(1, 28, 28, 1)))
    assert sides == [14, 7, 4, 8, 16, 14, 28]


@pytest.mark.parametrize("name", HISTORICAL)
def test_first_weights_have_the_spread_of_their_rule(name):
    # Glorot, uniform: 2 / (fan in + fan out); LeCun, normal: 1 / fan in.
    model = untrained(name).model_
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d) and layer.weight.numel() > 4000:
            receptive = layer.weight[0, 0].numel()
            fan_out, fan_in = layer.weight.shape[0] * receptive, layer.weight[0].numel()
            wanted = 1 / fan_in if name == "scenes-1024" else 2 / (fan_in + fan_out)
            assert float(layer.weight.detach().var()) == pytest.approx(wanted, rel=0.1)
            assert not layer.bias.any()
