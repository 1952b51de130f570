from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from isthmus.autoencoder import Autoencoder

# How long a drawn example takes says how busy the machine is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Tiny products are faster on one thread, and the same on every machine's number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def quick_exporter():
    """What PyTorch's exporter looks up anew for each graph is looked up once: most of its time."""
    from torch._export import utils
    from torch.onnx._internal.exporter._registration import ONNXRegistry

    known = functools.cache(ONNXRegistry.from_torchlib.__func__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ONNXRegistry, "from_torchlib", classmethod(known))
        find_operators = functools.cache(utils._materialize_cpp_cia_ops)
        patch.setattr(utils, "_materialize_cpp_cia_ops", find_operators)
        yield


@pytest.fixture(scope="session")
def digits() -> np.ndarray:
    """1,797 handwritten digits, shape (1797, 8, 8), values in 0..1."""
    images = load_digits().images / 16.0
    images.flags.writeable = False
    return images


@pytest.fixture(scope="session")
def rows() -> np.ndarray:
    """Correlated columns of very different sizes and places, shape (120, 6)."""
    rng = np.random.default_rng(0)
    causes = rng.standard_normal((120, 2))
    noise = 0.1 * rng.standard_normal((120, 6))
    table = causes @ rng.standard_normal((2, 6)) + noise
    table = table * [1.0, 10.0, 0.1, 5.0, 2.0, 3.0] + [0.0, 100.0, -1.0, 7.0, 0.0, 1.0]
    table.flags.writeable = False
    return table


@pytest.fixture(scope="session")
def fitted(digits) -> Autoencoder:
    """The default, fitted for a moment to pictures; not to be changed."""
    return Autoencoder(8, training={"epochs": 2}, random_state=0).fit(digits[:300])


@pytest.fixture
def quick() -> Callable[..., Autoencoder]:
    """Makes a small unfitted autoencoder: few epochs, a narrow network."""

    def make(n_components: int | None = 4, **settings: Any) -> Autoencoder:
        training = {
            "epochs": 3,
            "batch_size": 32,
            "learning_rate": 2e-3,
            **settings.pop("training", {}),
        }
        chosen = {
            "network": {"name": "dense", "hidden": (16,)},
            "code": "plain",
            "loss": "mse",
            "random_state": 0,
            **settings,
        }
        return Autoencoder(n_components, training=training, **chosen)

    return make
