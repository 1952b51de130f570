from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from isthmus.training.optimizers import OPTIMIZERS

START = np.array([1.0, -2.0, 0.5])
GRADIENTS = np.random.default_rng(0).standard_normal((5, 3)) * [1e-3, 1.0, 10.0]


def run(name: str, rate: float, n_features: int = 784) -> np.ndarray:
    weights = torch.nn.Parameter(torch.from_numpy(START.copy()))
    optimizer = OPTIMIZERS[name]([weights], rate, n_features)
    for gradient in GRADIENTS:
        weights.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
    return weights.detach().numpy()


def rmsprop(rate: float, n_features: int) -> np.ndarray:
    weights, squares = START.copy(), np.zeros(3)
    for gradient in GRADIENTS:
        squares = 0.9 * squares + 0.1 * gradient**2
        weights -= rate * gradient / np.sqrt(squares + 1e-7 * n_features**2)
    return weights


def adam(rate: float, n_features: int) -> np.ndarray:
    weights, mean, squares = START.copy(), np.zeros(3), np.zeros(3)
    for t, gradient in enumerate(GRADIENTS, 1):
        mean = 0.9 * mean + 0.1 * gradient
        squares = 0.999 * squares + 0.001 * gradient**2
        weights -= rate * (mean / (1 - 0.9**t)) / (np.sqrt(squares / (1 - 0.999**t)) + 1e-8)
    return weights


def sgd(rate: float, n_features: int) -> np.ndarray:
    weights, velocity = START.copy(), np.zeros(3)
    for gradient in GRADIENTS:
        velocity = 0.9 * velocity + gradient
        weights -= rate * velocity
    return weights


FORMULAS = {"adam": adam, "rmsprop": rmsprop, "sgd": sgd}


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
@pytest.mark.parametrize("n_features", [1, 784])
def test_follows_its_formula(name, n_features):
    wanted = FORMULAS[name](0.01, n_features)
    np.testing.assert_allclose(run(name, 0.01, n_features), wanted, rtol=1e-12)


def test_rmsprop_on_a_sum_is_keras_on_a_mean():
    # Keras divides the loss by the number of features and has the epsilon 1e-7.
    n_features = 50
    weights, squares = START.copy(), np.zeros(3)
    for gradient in GRADIENTS / n_features:
        squares = 0.9 * squares + 0.1 * gradient**2
        weights -= 0.01 * gradient / np.sqrt(squares + 1e-7)
    np.testing.assert_allclose(run("rmsprop", 0.01, n_features), weights, rtol=1e-10)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_skips_what_has_no_gradient(name):
    idle, busy = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = OPTIMIZERS[name]([idle, busy], 0.1, 4)
    busy.grad = torch.ones(2)
    optimizer.step()
    assert busy.grad is None
    assert idle.tolist() == [1.0, 1.0]
    assert busy[0] < 1.0


def test_a_fit_does_not_load_the_compiler():
    program = (
        "import sys; import numpy as np; from isthmus import Autoencoder; "
        "Autoencoder(2, training={'epochs': 1}).fit(np.random.default_rng(0).random((99, 5))); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=300).returncode == 0
