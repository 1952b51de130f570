"""Rows with gaps: against closed forms and against another library."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer

from isthmus.gaussian import conditional_mean, fit_gaussian


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def rows() -> torch.Tensor:
    mixing = torch.randn(6, 6, generator=generator(), dtype=torch.float64)
    return 1.0 + torch.randn(2000, 6, generator=generator(1), dtype=torch.float64) @ mixing


def test_hidden_values_are_the_regression_on_the_others(rows):
    mean, covariance = rows.mean(0), torch.cov(rows.T)
    joint = covariance.numpy()
    hidden = torch.zeros(5, 6, dtype=torch.bool)
    hidden[0, 2] = hidden[1, :3] = hidden[2] = True
    found = conditional_mean(rows[:5].masked_fill(hidden, 99.0), hidden, mean, covariance)
    for row, gaps, answer in zip(rows[:5], hidden, found, strict=True):
        there = ~gaps
        h, v = gaps.numpy().nonzero()[0], there.numpy().nonzero()[0]
        weights = np.linalg.solve(joint[np.ix_(v, v)], joint[np.ix_(v, h)])
        expected = mean[gaps] + (row - mean)[there] @ torch.from_numpy(weights)
        torch.testing.assert_close(answer[gaps], expected)
        assert torch.equal(answer[there], row[there])


def test_without_gaps_it_is_the_sample_mean_and_nearly_its_covariance(rows):
    found = fit_gaussian(rows, generator())
    torch.testing.assert_close(found.mean, rows.mean(0))
    sample = torch.cov(rows.T, correction=0)
    torch.testing.assert_close(found.covariance.diagonal(), sample.diagonal(), rtol=1e-4, atol=0)
    assert (found.covariance - sample).norm() < 0.01 * sample.norm()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_with_gaps_it_fills_as_well_as_the_true_distribution_and_the_imputer(rows):
    hidden = torch.rand(rows.shape, generator=generator(2)) < 0.3
    gappy = rows.masked_fill(hidden, torch.nan)
    found = fit_gaussian(gappy, generator())
    filled = conditional_mean(gappy.nan_to_num(nan=0.0), hidden, found.mean, found.covariance)
    true = conditional_mean(gappy.nan_to_num(nan=0.0), hidden, rows.mean(0), torch.cov(rows.T))
    chained = IterativeImputer(max_iter=100, random_state=0).fit_transform(gappy.numpy())
    ours, best, theirs = (
        float((torch.as_tensor(x) - rows)[hidden].square().mean()) for x in (filled, true, chained)
    )
    assert ours < 1.02 * best
    assert ours < 1.02 * theirs


def test_columns_that_are_alike_or_constant_or_empty_do_no_harm(rows):
    first = rows[:, :1]
    more = torch.cat([rows, first, 0 * first + 3.0, 0 * first + torch.nan], dim=1)
    found = fit_gaussian(more, generator())
    hidden = torch.zeros(3, 9, dtype=torch.bool)
    hidden[:, [0, 7, 8]] = True
    filled = conditional_mean(more[:3].nan_to_num(nan=0.0), hidden, found.mean, found.covariance)
    assert filled.isfinite().all()
    torch.testing.assert_close(filled[:, 7], torch.full((3,), 3.0, dtype=torch.float64))
    assert float((filled[:, 0] - rows[:3, 0]).abs().max()) < 0.1
