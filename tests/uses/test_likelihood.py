"""The bound against the probability itself, where that can be summed up."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from isthmus import Autoencoder
from isthmus.errors import BadInput, BadSetting
from isthmus.uses.likelihood import log_likelihood

LOSS = {"bce": 1.0, "kl": 1.0}


@pytest.fixture(scope="module")
def fitted() -> tuple[Autoencoder, np.ndarray]:
    rng = np.random.default_rng(0)
    kinds = rng.random((2, 8))[rng.integers(0, 2, 300)]
    X = (rng.random((300, 8)) < kinds).astype(np.float64)
    network = {"name": "dense", "hidden": (16,), "output": "sigmoid"}
    ae = Autoencoder(1, network=network, code="gaussian", loss=LOSS, training={"epochs": 20})
    return ae.set_params(random_state=0).fit(X), X


def test_it_rises_to_the_probability(fitted: tuple[Autoencoder, np.ndarray]) -> None:
    """With a code of one number the integral over codes is a sum over a fine grid."""
    ae, X = fitted
    grid = np.linspace(-8, 8, 4001)
    with torch.no_grad():
        codes = torch.tensor(grid[:, None], dtype=torch.float32)
        chances = ae.model_.decoder(codes).double().numpy()
    prior = norm.pdf(grid) * (grid[1] - grid[0])
    each = np.where(X[:40, None] > 0, chances, 1 - chances).prod(2)
    truth = np.log(each @ prior)
    found = log_likelihood(ae, X[:40], n_samples=10_000)
    np.testing.assert_allclose(found, truth, atol=0.06)
    one = np.mean([log_likelihood(ae, X[:40], 1, seed).mean() for seed in range(30)])
    assert one < found.mean()


def test_one_sample_is_the_loss(fitted: tuple[Autoencoder, np.ndarray]) -> None:
    """On average: minus the sum of cross-entropy and divergence, which the fit brought down."""
    ae, X = fitted
    from isthmus.building import Slots
    from isthmus.corruptions import Corrupted
    from isthmus.losses import total_loss

    clean = torch.tensor(X, dtype=torch.float32)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        losses = [
            float(total_loss(Slots.of(ae).loss, ae.model_(Corrupted(clean, clean), generator)))
            for _ in range(60)
        ]
    bounds = [log_likelihood(ae, X, 1, seed).mean() for seed in range(60)]
    assert np.mean(bounds) == pytest.approx(-np.mean(losses), abs=0.02)


def test_what_is_no_item_of_ones_and_zeros_is_refused(
    fitted: tuple[Autoencoder, np.ndarray],
) -> None:
    ae, X = fitted
    with pytest.raises(BadInput, match="between 0 and 1"):
        log_likelihood(ae, X * 0.5)


def test_other_codes_are_refused(digits: np.ndarray) -> None:
    ae = Autoencoder(2, training={"epochs": 0}, random_state=0).fit(digits[:50])
    with pytest.raises(BadSetting, match="code 'ordered' and loss mse"):
        log_likelihood(ae, digits[:5])
