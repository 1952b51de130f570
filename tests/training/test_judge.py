"""A fit is kept only where it is surely below PCA."""

from __future__ import annotations

import math

import pytest
import torch
from sklearn.datasets import load_digits

from isthmus import Autoencoder
from isthmus.training.judge import LUCK, against_pca


def passed_by_luck(n_items: int, trials: int = 2000) -> float:
    """The share of fits that pass although they are as good as PCA."""
    generator = torch.Generator().manual_seed(0)
    pca = torch.rand(trials, n_items, 1, generator=generator) + 1
    errors = pca + 0.1 * torch.randn(trials, n_items, 1, generator=generator)
    scores = [against_pca(*pair) for pair in zip(errors, pca, strict=True)]
    return sum(math.isfinite(score) for score in scores) / trials


@pytest.mark.parametrize("n_items", [3, 10, 300])
def test_luck_passes_as_seldom_on_few_items_as_on_many(n_items):
    # Within four standard deviations of the count.
    assert abs(passed_by_luck(n_items) - LUCK) < 4 * (LUCK / 2000) ** 0.5


def test_one_item_proves_nothing():
    assert against_pca(torch.zeros(1, 2), torch.ones(1, 2)) == math.inf


def test_every_size_must_be_below():
    pca = torch.ones(50, 2)
    assert against_pca(pca * torch.tensor([0.5, 0.7]), pca) == pytest.approx(0.6)
    assert against_pca(pca * torch.tensor([0.1, 1.1]), pca) == math.inf


def test_a_denoiser_is_judged_on_noisy_items():
    # On clean items PCA would win, and nothing of the fit would be kept.
    X = load_digits().images
    noise = {"name": "gaussian", "deviation": 0.3}
    ae = Autoencoder(16, corruption=noise, training={"epochs": 20}, random_state=0).fit(X)
    assert ae.best_epoch_ > 0
