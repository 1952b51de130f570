"""The table of rivals."""

from __future__ import annotations

import ast

import pytest

from isthmus.bench.contest import own_size
from isthmus.bench.rivals import GENERAL, RIVALS, find_rival
from isthmus.errors import BadSetting
from isthmus.networks.layers import build_stack
from isthmus.presets import PRESETS

HISTORICAL = {name: preset for name, preset in PRESETS.items() if preset.native_shape}


@pytest.mark.parametrize("name", sorted({rival.library for rival in RIVALS.values()}))
def test_every_library_has_a_file_that_competes(name):
    (script,) = {rival.script for rival in RIVALS.values() if rival.library == name}
    tree = ast.parse(script.read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert [word.arg for word in functions["compete"].args.args] == ["task", "judge"]


@pytest.mark.parametrize("name", HISTORICAL)
def test_historical_networks_are_rivals_in_keras_and_isthmus(name):
    epochs = HISTORICAL[name].settings["training"]["epochs"]
    for library in ("keras", "isthmus"):
        assert RIVALS[f"{library}-{name}"].epochs == epochs


@pytest.mark.parametrize("name", ["torch-dense-20", "keras-dense-20", "keras-scenes-1024"])
def test_layer_lines_have_their_widths_written_out(name):
    rival = find_rival(name)
    preset = PRESETS[str(rival.preset)]
    assert preset.native_shape is not None
    k = own_size(str(rival.preset))
    options = rival.options_for(k, 784)
    assert not [line for line in options["encoder"] + options["decoder"] if "code" in line]
    _, code_shape = build_stack(options["encoder"], preset.native_shape, 0, "glorot")
    assert code_shape == (k,)


def test_general_networks_fit_any_width():
    for name in ("keras", "torch-plain", "lightning"):
        options = GENERAL[name].options_for(7, 30)
        assert options["encoder"][-1] == "dense 7"
        assert options["decoder"][-1] == "dense 30"


def test_plain_torch_cannot_build_convolutions_and_is_not_asked_to():
    assert "torch-denoising-dense" in RIVALS
    assert "torch-conv-4x4x4" not in RIVALS


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(BadSetting, match="did you mean 'pythae-vae'"):
        find_rival("pythae-vea")
