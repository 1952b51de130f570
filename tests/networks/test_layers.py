from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from isthmus.errors import BadSetting
from isthmus.networks import Layers, Site
from isthmus.networks.layers import Flatten, Reshape, build_stack

PICTURE = (5, 7, 3)


def shape_after(lines: list[str], shape: tuple[int, ...], code_width: int = 4):
    """The shape that the builder states, checked against what the modules really give."""
    modules, stated = build_stack(lines, shape, code_width, "glorot")
    x = torch.rand(2, *shape)
    x = x.permute(0, 3, 1, 2) if len(shape) == 3 else x
    out = nn.Sequential(*modules)(x)
    out = out.permute(0, 2, 3, 1) if out.ndim == 4 else out
    assert tuple(out.shape) == (2, *stated)
    return stated


@pytest.mark.parametrize(
    ("line", "given", "wanted"),
    [
        ("dense 10 relu", (6,), (10,)),
        ("dense code", (6,), (4,)),
        ("dense 10", PICTURE, (10,)),
        ("conv 4 tanh", PICTURE, (5, 7, 4)),
        ("conv 4", (6, 6, 1), (6, 6, 4)),
        ("conv 4 unpadded selu", PICTURE, (3, 5, 4)),
        ("pool", PICTURE, (3, 4, 3)),
        ("pool", (6, 8, 2), (3, 4, 2)),
        ("maximum", PICTURE, (3,)),
        ("up", PICTURE, (10, 14, 3)),
        ("reshape 2 3 4", (24,), (2, 3, 4)),
    ],
)
def test_each_layer_gives_the_shape_it_states(line, given, wanted):
    assert shape_after([line], given) == wanted


def test_pool_is_the_maximum_and_an_odd_row_is_pooled_alone():
    modules, _ = build_stack(["pool"], (3, 3, 1), 0, "glorot")
    x = torch.arange(9.0).view(1, 1, 3, 3)
    assert modules[0](x).flatten().tolist() == [4, 5, 7, 8]


def test_up_repeats_each_pixel():
    modules, _ = build_stack(["up"], (1, 2, 1), 0, "glorot")
    assert modules[0](torch.tensor([[[[1.0, 2.0]]]])).tolist() == [[[[1, 1, 2, 2], [1, 1, 2, 2]]]]


def test_flatten_and_reshape_are_channels_last():
    pictures = torch.rand(2, *PICTURE)
    maps = pictures.permute(0, 3, 1, 2)
    assert torch.equal(Flatten()(maps), pictures.flatten(1))
    assert torch.equal(Reshape(PICTURE)(pictures.flatten(1)), maps)


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("dens 10 relu", (6,)),
        ("dense 10 rleu", (6,)),
        ("dense", (6,)),
        ("dense ten", (6,)),
        ("dense 0", (6,)),
        ("dense -3", (6,)),
        ("dense 10 relu tanh", (6,)),
        ("conv 16 relu", (6,)),
        ("conv", PICTURE),
        ("conv 0", PICTURE),
        ("conv -2 relu", PICTURE),
        ("conv 16 relu unpadded", PICTURE),
        ("conv 16 unpadded", (2, 2, 1)),
        ("pool", (6,)),
        ("pool 3", PICTURE),
        ("up", (6,)),
        ("maximum", (6,)),
        ("reshape 2 2 2", (6,)),
        ("reshape 2 3", (6,)),
        ("reshape -1 -2 3", (6,)),
        ("", (6,)),
    ],
)
def test_a_line_that_is_wrong_is_refused_by_name(line, shape):
    with pytest.raises(BadSetting) as caught:
        build_stack([line], shape, 4, "glorot")
    words = line.split() or [""]
    assert any(word in str(caught.value) for word in words)


def test_a_near_miss_is_suggested():
    with pytest.raises(BadSetting, match="did you mean 'dense'"):
        build_stack(["dens 10"], (6,), 4, "glorot")


def build(encoder: list[str], decoder: list[str], shape=(6,), k=4, encoder_width=None):
    return Layers(encoder, decoder).build(Site(shape, k, encoder_width or k, k))


def test_a_code_of_another_width_is_refused():
    with pytest.raises(BadSetting, match="give a code of 5 numbers, and 4 are wanted"):
        build(["dense 5"], ["dense 6"])


def test_an_output_of_another_size_is_refused():
    with pytest.raises(BadSetting, match="made for another item shape"):
        build(["dense code"], ["dense 7"])


def test_the_code_of_feature_maps_decides_its_own_length():
    network = Layers(["conv 2", "pool"], ["up", "conv 1"])
    assert network.natural_components((8, 8, 1)) == 32
    assert network.code_shape((8, 8, 1), 1) == (4, 4, 2)
    assert Layers(["dense code"], []).natural_components((8, 8, 1)) == 32
    assert Layers(["dense code"], []).natural_components((5,)) == 5


def test_the_code_of_feature_maps_is_flattened_channels_last():
    banks = Layers(["conv 2", "pool"], ["up", "conv 1"]).build(Site((8, 8, 1), 32, 32, 32))
    x = torch.rand(1, 8, 8, 1)
    flat = banks.encoder(x)
    maps = banks.encoder[:-1](x)
    np.testing.assert_array_equal(
        flat.detach().numpy(), maps.permute(0, 2, 3, 1).flatten(1).detach().numpy()
    )
    assert banks.decoder(flat).shape == x.shape


def test_rows_and_pictures_go_through_dense_layers_alike():
    torch.manual_seed(0)
    of_rows = build(["dense code relu"], ["dense 6"])
    torch.manual_seed(0)
    of_pictures = build(["dense code relu"], ["dense 6"], shape=(2, 3, 1))
    x = torch.rand(4, 6)
    pictures = x.view(4, 2, 3, 1)
    code = of_rows.encoder(x)
    assert torch.equal(of_pictures.encoder(pictures), code)
    assert torch.equal(of_pictures.decoder(code), of_rows.decoder(code).view(4, 2, 3, 1))
