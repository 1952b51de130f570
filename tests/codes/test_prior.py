"""Bits counted in floats while training, and written in whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import logistic

from isthmus.bits import read_bits, write_bits
from isthmus.codes import ONE, STEPS, Counting, Crossing, Prior, WholePrior
from isthmus.codes.prior import bits_of
from isthmus.codes.steps import A_DOUBLING, N_STEPS, log_step
from isthmus.codes.tables import FRACTIONS, N_SCALES, TOTAL, first_counts, radius, split


def test_steps_double_and_are_known_exactly() -> None:
    assert len(STEPS) == N_STEPS
    assert STEPS[5 * A_DOUBLING] == ONE
    exact = 2.0 ** (np.arange(N_STEPS) / A_DOUBLING - 5) * ONE
    assert np.abs(np.asarray(STEPS) - exact).max() <= 0.5 + 1e-9
    assert log_step(0, 256) == -5 * 256
    assert log_step(6 * A_DOUBLING, 256) == 256


@pytest.mark.parametrize("step", [0.1, 1.0, 3.0])
def test_bits_are_those_of_the_logistic_distribution(step: float) -> None:
    random = np.random.default_rng(0)
    noisy, mean = (random.normal(size=(3, 2, 2, 4)) for _ in range(2))
    log_scale = random.uniform(-2, 2, (3, 2, 2, 4))
    spread = step * 2.0 ** np.clip(log_scale - np.log2(step), -5, 5)
    share = logistic.cdf(noisy + step / 2, mean, spread) - logistic.cdf(
        noisy - step / 2, mean, spread
    )
    tensors = (torch.from_numpy(x) for x in (noisy, mean, log_scale))
    found = bits_of(*tensors, torch.full((3, 1), step, dtype=torch.float64))
    np.testing.assert_allclose(found.numpy(), -np.log2(share), rtol=1e-6)


def test_bits_of_far_numbers_are_finite_and_pull_back() -> None:
    noisy = torch.tensor([[[[1e4]]]], requires_grad=True)
    zero = torch.zeros(1, 1, 1, 1)
    bits = bits_of(noisy, zero, zero - 9, torch.ones(1, 1))
    bits.sum().backward()
    assert torch.isfinite(bits).all()
    assert noisy.grad is not None
    assert noisy.grad.item() > 1


def test_tables_are_the_cells_of_the_logistic_distribution() -> None:
    tables = split(first_counts())
    assert len(tables) == N_SCALES * FRACTIONS
    for scale, fraction in [(0, 0), (20, 3), (40, 7), (80, 4)]:
        counts = tables[scale * FRACTIONS + fraction]
        reach = radius(scale)
        assert len(counts) == 2 * reach + 2
        spread, mean = 2.0 ** (scale / 8 - 5), fraction / FRACTIONS
        numbers = np.arange(-reach, reach + 1)
        shares = logistic.cdf(numbers + 0.5, mean, spread) - logistic.cdf(
            numbers - 0.5, mean, spread
        )
        np.testing.assert_allclose(counts[:-1] / TOTAL, shares, atol=4e-4)
    assert all(table.sum() == TOTAL and table.min() >= 1 for table in tables)


def test_before_training_numbers_have_their_deviations() -> None:
    prior = Prior((3, 2, 2), torch.tensor([2.0, 0.5]))
    mean, log_scale = prior.distributions(torch.randn(1, 3, 2, 2), torch.ones(1, 1))
    assert (mean == 0).all()
    assert torch.equal(log_scale, torch.tensor([1.0, -1.0]).expand(1, 3, 2, 2))


@pytest.fixture
def prior() -> Prior:
    """One that says something: all weights random."""
    torch.manual_seed(0)
    prior = Prior((4, 6, 5), torch.tensor([3.0, 1.0, 0.4, 0.2, 0.05]))
    with torch.no_grad():
        for weight in prior.networks.parameters():
            weight.normal_(0, 0.2)
    return prior


@pytest.mark.parametrize("step", [60, 130, 200])
def test_whole_numbers_say_what_floats_say(prior: Prior, step: int) -> None:
    whole = WholePrior(prior)
    numbers = np.random.default_rng(0).integers(-3, 4, (2, 4, 6, 5))
    size = STEPS[step] / ONE
    code = torch.from_numpy(numbers * size).float()
    with torch.no_grad():
        means, logs = prior.distributions(code, torch.full((2, 1), size))
    framed = np.pad(whole.known(numbers, step), ((0, 0), (1, 1), (1, 1), (0, 0)))
    for index, group in enumerate(whole.groups):
        table, mean = whole.distributions(index, framed, step)
        scale, fraction = np.divmod(table, FRACTIONS)
        found = mean + fraction / FRACTIONS
        # Means are told in eighths of a step, scales in eighths of a doubling.
        np.testing.assert_allclose(found, group.of(means) / size, atol=0.5 / FRACTIONS + 0.03)
        expected = np.clip(group.of(logs).numpy() - np.log2(size), -5, 5)
        np.testing.assert_allclose(scale / 8 - 5, expected, atol=0.5 / 8 + 0.05)


def test_bits_of_a_batch_count_rounding_noise(prior: Prior) -> None:
    code = torch.zeros(2, 4 * 6 * 5)
    statistics = {"step": torch.ones(2, 1), "noisy": code}
    bits = prior(Crossing(code, code, statistics))
    assert bits.shape == (2,)
    assert bits[0].item() == pytest.approx(bits[1].item())
    assert bits.min() > 0


def test_counted_tables_write_fewer_bytes_where_numbers_are_not_logistic(prior: Prior) -> None:
    pytest.importorskip("constriction", reason="isthmus[compress] is not installed")
    random = np.random.default_rng(0)
    # Two numbers in three are zero whatever the prior says of them.
    seen, other = (
        random.integers(-2, 3, (40, 4, 6, 5)) * (random.random((40, 4, 6, 5)) < 1 / 3)
        for _ in range(2)
    )
    before = len(write_bits(other, 130, WholePrior(prior)))
    counting = Counting(prior)
    counting.add(seen, 130)
    prior.counts.copy_(torch.from_numpy(counting.tables()))
    tables = split(prior.counts.numpy())
    assert all(table.sum() == TOTAL and table.min() >= 1 for table in tables)
    after = write_bits(other, 130, WholePrior(prior))
    assert len(after) < 0.9 * before
    np.testing.assert_array_equal(read_bits(after, other.shape, 130, WholePrior(prior)), other)


def test_tables_without_counts_are_the_first_ones(prior: Prior) -> None:
    np.testing.assert_allclose(Counting(prior).tables(), first_counts(), rtol=1e-3, atol=800)
