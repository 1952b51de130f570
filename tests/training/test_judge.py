"""A fit is kept only where it is surely below PCA."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from isthmus import Autoencoder
from isthmus.codes import code_sizes
from isthmus.corruptions import Corruption
from isthmus.data.rows import Chunks, Rows
from isthmus.data.scaling import fit_scaling
from isthmus.losses import resolve_loss
from isthmus.networks.trust import Trust
from isthmus.start import pca_of
from isthmus.training import Task, Training
from isthmus.training import judge as judging
from isthmus.training.judge import LUCK, Judge, against_rival


def passed_by_luck(n_items: int, trials: int = 20_000) -> float:
    """The share of fits that pass although they are as good as PCA."""
    generator = torch.Generator().manual_seed(0)
    pca = torch.rand(trials, n_items, 1, generator=generator) + 1
    errors = pca + 0.1 * torch.randn(trials, n_items, 1, generator=generator)
    verdicts = [against_rival(*pair, LUCK) for pair in zip(errors, pca, strict=True)]
    return sum(not above for _, (above,) in verdicts) / trials


@pytest.mark.parametrize("n_items", [3, 10, 300])
def test_luck_passes_as_seldom_on_few_items_as_on_many(n_items):
    # Within four standard deviations of the count.
    assert abs(passed_by_luck(n_items) - LUCK) < 4 * (LUCK / 20_000) ** 0.5


def test_one_item_proves_nothing():
    assert against_rival(torch.zeros(1, 2), torch.ones(1, 2), LUCK) == (math.inf, [True, True])


def test_every_size_is_judged_for_itself():
    pca = torch.ones(50, 2)
    score, above = against_rival(pca * torch.tensor([0.5, 1.1]), pca, LUCK)
    assert score == pytest.approx(0.8)
    assert above == [False, True]


def test_margin_is_what_pca_would_gain_by_the_held_out_items():
    n_items = 100
    chance = np.random.default_rng(0)
    # Akaike's argument is for many items: directions that are hard to tell apart need more.
    spread = np.array([4.0, 3.0] + [1.5, 1.4, 1.3] + [0.5] * 25)
    fresh = chance.standard_normal((20_000, 30)) * spread
    none, mse = Corruption.resolve("none"), resolve_loss("mse")
    expected, found = [], []
    for _ in range(200):
        X = chance.standard_normal((n_items, 30)) * spread
        rows = Rows(X, fit_scaling("none", X.dtype, Chunks(X)))
        kept, held_out = np.arange(n_items // 4, n_items), np.arange(n_items // 4)
        of_kept, of_all = (pca_of(rows, subset, 5) for subset in (kept, np.arange(n_items)))
        task = Task(rows, kept, held_out, none, mse, Training(), 0, pca=of_kept)
        expected.append(Judge(task, torch.device("cpu"), (2, 5)).margin.numpy())
        of_fresh = [pca.squared_errors(fresh, (2, 5)).mean(0) / 30 for pca in (of_kept, of_all)]
        found.append(of_fresh[0] - of_fresh[1])
    np.testing.assert_allclose(np.mean(expected, 0), np.mean(found, 0), rtol=0.3)


@pytest.mark.parametrize("shape", [(8, 8, 1), (64,)])
def test_corrections_are_off_where_they_do_harm(shape, monkeypatch):
    """A network that is right at all sizes but two; judged, it is PCA at these and at no other."""
    X = 15 * load_digits().images.astype(np.uint8).reshape(-1, *shape)
    network = "picture-start" if len(shape) == 3 else "pca-start"
    training = {"epochs": 20, "validation": 0.2}
    ae = Autoencoder(10, network=network, training=training, random_state=0).fit(X)
    rows, n_held = Rows(X, ae.scaling_), len(X) // 5
    kept, held_out = np.arange(n_held, len(X)), np.arange(n_held)
    none, mse = Corruption.resolve("none"), resolve_loss("mse")
    task = Task(rows, kept, held_out, none, mse, Training(), 0, pca=ae.pca_)
    assert not Judge(task, torch.device("cpu"), code_sizes(10)).single_sizes
    monkeypatch.setattr(judging, "FEWEST_FOR_SINGLE_SIZES", 1000)
    judge = Judge(task, torch.device("cpu"), code_sizes(10))
    free = judge(ae.model_)
    spoil(ae.model_, sizes=(1, 2))
    gated = judge(ae.model_)
    pca = judge.rival.mean(0).tolist()
    by_size = dict(zip(judge.sizes, zip(gated.errors, pca, free.errors, strict=True), strict=True))
    for size in (1, 2):
        assert by_size[size][0] == pytest.approx(by_size[size][1], rel=1e-4)
    for size in (5, 8, 10):
        assert by_size[size][0] < by_size[size][1]
    assert free.score <= gated.score < 1.0


class Spoiled(torch.nn.Module):
    """A decoder's correction of pictures or rows, with noise at some code sizes."""

    def __init__(self, decoder, sizes):
        super().__init__()
        self.decoder, self.sizes = decoder, sizes

    def forward(self, message):
        output = self.decoder(message)
        size = message[:, 10:].sum(1)
        bad = sum(size == wrong for wrong in self.sizes).bool()
        trusted = next(m for m in self.decoder.modules() if isinstance(m, Trust))
        noise = (bad * trusted.of_sizes(size)[:, 0]).view(-1, *[1] * (output.ndim - 1))
        return output + noise


def spoil(model, sizes):
    model.decoder = Spoiled(model.decoder, sizes)


def test_a_fit_that_is_nowhere_better_is_not_kept():
    X = np.random.default_rng(0).standard_normal((300, 20))
    ae = Autoencoder(5, training={"epochs": 5}, random_state=0).fit(X)
    assert ae.best_epoch_ == 0


def test_a_denoiser_is_judged_on_noisy_items():
    # On clean items PCA would win, and nothing of the fit would be kept.
    X = load_digits().images
    noise = {"name": "gaussian", "deviation": 0.3}
    ae = Autoencoder(16, corruption=noise, training={"epochs": 20}, random_state=0).fit(X)
    assert ae.best_epoch_ > 0
