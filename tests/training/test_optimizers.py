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


# Muon moves vectors as Adam does.
FORMULAS = {"adam": adam, "muon": adam, "rmsprop": rmsprop, "sgd": sgd}


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


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (6, 2, 3, 3)])
def test_muon_moves_matrices_by_the_nearest_orthogonal_one(shape):
    # All singular values of a matrix of noise are between these shares of its norm.
    gradient = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    weights = torch.nn.Parameter(torch.zeros(shape))
    optimizer = OPTIMIZERS["muon"]([weights], 0.1, 1)
    weights.grad = gradient.clone()
    optimizer.step()
    left, _, right = torch.linalg.svd(gradient.flatten(1), full_matrices=False)
    length = 0.1 * 0.2 * max(left.shape[0], right.shape[1]) ** 0.5
    moved = left.T @ (-weights.detach().flatten(1) / length) @ right.T
    assert moved.diagonal().min() > 0.5
    assert moved.diagonal().max() < 1.35
    assert (moved - moved.diagonal().diag()).abs().max() < 0.05  # bfloat16


def test_a_move_of_muon_is_as_long_as_one_of_adam():
    random = torch.Generator().manual_seed(0)
    lengths = {}
    for name in ("adam", "muon"):
        weights = torch.nn.Parameter(torch.zeros(64, 576))
        optimizer = OPTIMIZERS[name]([weights], 1e-3, 1)
        for _ in range(100):
            before = weights.detach().clone()
            weights.grad = torch.randn(64, 576, generator=random)
            optimizer.step()
        lengths[name] = float((weights.detach() - before).norm())
    assert lengths["muon"] == pytest.approx(lengths["adam"], rel=0.4)


def test_muon_moves_matrices_of_one_shape_as_if_each_were_alone():
    random = torch.Generator().manual_seed(0)
    gradients = torch.randn(2, 5, 8, generator=random)
    together = [torch.nn.Parameter(torch.zeros(5, 8)) for _ in range(2)]
    optimizer = OPTIMIZERS["muon"](together, 0.1, 1)
    for weights, gradient in zip(together, gradients, strict=True):
        weights.grad = gradient.clone()
    optimizer.step()
    for weights, gradient in zip(together, gradients, strict=True):
        alone = torch.nn.Parameter(torch.zeros(5, 8))
        optimizer = OPTIMIZERS["muon"]([alone], 0.1, 1)
        alone.grad = gradient.clone()
        optimizer.step()
        torch.testing.assert_close(alone, weights)


def test_a_fit_does_not_load_the_compiler():
    program = (
        "import sys; import numpy as np; from isthmus import Autoencoder; "
        "Autoencoder(2, training={'epochs': 1}).fit(np.random.default_rng(0).random((99, 5))); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=300).returncode == 0
