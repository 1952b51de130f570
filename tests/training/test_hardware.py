"""The precision of a fit follows the processor and the size of a step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus import Autoencoder
from isthmus.codes import Code
from isthmus.model import Model
from isthmus.networks import Network, Site
from isthmus.training.hardware import n_operations, pick_precision

CPU = torch.device("cpu")


def model(p: int, width: int, k: int) -> Model:
    network = Network.resolve({"name": "dense", "hidden": (width,)})
    return Model(network.build(Site((p,), k, k, k)), Code.resolve("plain"))


def has(monkeypatch, *names):
    monkeypatch.setattr(
        torch.cpu, "get_capabilities", lambda: dict.fromkeys(names, True), raising=False
    )


@pytest.mark.parametrize(
    ("network", "item_shape"), [("dense", (30,)), ("conv", (16, 16, 3)), ("conv", (9, 7, 1))]
)
def test_operations_are_those_that_pytorch_counts(network, item_shape):
    from torch.utils.flop_counter import FlopCounterMode

    found = Model(Network.resolve(network).build(Site(item_shape, 5, 5, 5)), Code.resolve("plain"))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        found.decode(found.encode(torch.zeros(1, *item_shape)))
    assert n_operations(found, item_shape) == counter.get_total_flops()


@pytest.mark.parametrize(("batch", "precision"), [(4, "float32"), (4096, "bfloat16")])
def test_bfloat16_where_a_step_is_large(monkeypatch, batch, precision):
    has(monkeypatch, "avx512_bf16")
    assert pick_precision("auto", CPU, model(300, 200, 8), (300,), batch) == precision


def test_float32_where_the_processor_has_nothing_else(monkeypatch):
    has(monkeypatch, "avx2")
    found = pick_precision("auto", CPU, model(300, 200, 8), (300,), 4096)
    assert found == "float32"


def test_the_users_word_counts(monkeypatch):
    has(monkeypatch, "avx2")
    found = pick_precision("bfloat16", CPU, model(3, 2, 1), (3,), 1)
    assert found == "bfloat16"


def test_the_default_trains_in_bfloat16_as_in_float32():
    from sklearn.datasets import load_digits

    X = load_digits().images
    errors = [
        -Autoencoder(8, training={"epochs": 20, "precision": precision}, random_state=0)
        .fit(X)
        .score(X)
        for precision in ("float32", "bfloat16")
    ]
    assert np.isclose(*errors, rtol=0.05)
