"""The contrastive term against its formula written out, and against what it is for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.losses import Agreement, Record


def record(code: torch.Tensor, of_target: torch.Tensor) -> Record:
    """Codes of what was seen, and of the target, which is its own code."""
    same = torch.nn.Identity()
    return Record(of_target, of_target, None, code, of_target, same, same)


def by_hand(one: np.ndarray, other: np.ndarray, temperature: float) -> float:
    codes = np.concatenate([one, other])
    n, total = len(one), 0.0
    for i, code in enumerate(codes):
        alike = [
            float(code @ that / np.linalg.norm(code) / np.linalg.norm(that)) / temperature
            for that in codes
        ]
        others = [value for j, value in enumerate(alike) if j != i]
        total += np.log(np.exp(others).sum()) - alike[(i + n) % (2 * n)]
    return total / len(codes)


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_it_is_the_formula(temperature):
    chance = np.random.default_rng(0)
    one, other = chance.normal(size=(2, 7, 3))
    found = Agreement(temperature=temperature)(record(torch.tensor(one), torch.tensor(other)))
    assert float(found) == pytest.approx(by_hand(one, other, temperature), rel=1e-5)


def test_codes_all_alike_tell_nothing():
    codes = torch.ones(8, 4)
    assert float(Agreement()(record(codes, codes))) == pytest.approx(np.log(15), rel=1e-5)


def test_codes_of_their_own_tell_everything():
    codes = 3 * torch.eye(8)
    assert float(Agreement(temperature=0.05)(record(codes, codes))) < 1e-6


def test_the_length_of_a_code_does_not_count():
    codes = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    lengths = torch.arange(1.0, 9.0)[:, None]
    assert torch.allclose(
        Agreement()(record(codes, codes)), Agreement()(record(lengths * codes, codes))
    )
