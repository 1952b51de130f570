"""The multinomial term against SciPy's likelihood, and what of a batch it looks at."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import multinomial

from isthmus.corruptions import HeldBack
from isthmus.losses import Multinomial, Record


def record(output: torch.Tensor, target: torch.Tensor, weight: torch.Tensor | None) -> Record:
    same = torch.nn.Identity()
    return Record(target, target, weight, output, output, same, same)


def test_differences_are_those_of_the_likelihood() -> None:
    """Up to the number of orders, which no output changes."""
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 4, (6, 9))
    one, other = rng.normal(size=(2, 6, 9))

    def minus(logits: np.ndarray) -> float:
        chances = softmax(logits, axis=1)
        each = [multinomial.logpmf(c, c.sum(), p) for c, p in zip(counts, chances, strict=True)]
        return -float(np.mean(each))

    def ours(logits: np.ndarray) -> float:
        target = torch.tensor(counts, dtype=torch.float64)
        return float(Multinomial()(record(torch.tensor(logits), target, None)))

    assert ours(one) - ours(other) == pytest.approx(minus(one) - minus(other))


def test_what_was_seen_does_not_compete() -> None:
    """The same as if seen items were not there at all."""
    generator = torch.Generator().manual_seed(0)
    clean = (torch.rand(7, 12, generator=generator) < 0.5).double()
    batch = HeldBack(0.4)(clean, generator)
    logits = torch.randn(7, 12, generator=generator, dtype=torch.float64)
    total = 0.0
    for row, target, weight in zip(logits, batch.target, batch.weight, strict=True):
        there = weight > 0
        total -= float((row[there].log_softmax(0) * target[there]).sum())
    found = Multinomial()(record(logits, batch.target, batch.weight))
    assert float(found) == pytest.approx(total / 7)


def test_gradients_reach_only_what_can_be_chosen() -> None:
    logits = torch.zeros(1, 4, requires_grad=True)
    target, weight = torch.tensor([[1.0, 1.0, 0.0, 0.0]]), torch.tensor([[0.0, 1.0, 1.0, 1.0]])
    Multinomial()(record(logits, target, weight)).backward()
    assert logits.grad is not None
    np.testing.assert_allclose(logits.grad.numpy(), [[0, -2 / 3, 1 / 3, 1 / 3]], atol=1e-6)
