"""Codes of items that lack a part, against the normal distribution they are taken from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.networks.partial import PartialCodes
from isthmus.principal import fit_principal

SHAPE, K, P = (3, 4), 4, 17


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """A factor model: four causes and a little noise of one size, centred."""
    rng = np.random.default_rng(0)
    causes = rng.normal(size=(4000, K)) * [4.0, 3.0, 2.0, 1.5]
    rows = causes @ rng.normal(size=(K, P)) + 0.3 * rng.normal(size=(4000, P))
    return rows - rows.mean(0)


@pytest.mark.parametrize("there", [slice(0, 12), slice(12, None)])
def test_the_code_is_the_conditional_mean(rows, there):
    pca = fit_principal(lambda: iter([rows]), len(rows), P, K)
    noise = (pca.total_variance - pca.variances.sum()) / (P - K)
    # Of the whole normal distribution with PCA's variances: code and values together.
    loadings = pca.directions[:, there]
    cross = pca.variances[:, None] * loadings
    covariance = loadings.T @ np.diag(pca.variances) @ loadings
    covariance += noise * np.eye(len(covariance))
    seen = np.zeros_like(rows[:50])
    seen[:, there] = rows[:50, there]
    expected = seen[:, there] @ np.linalg.solve(covariance, cross.T)
    projected = torch.from_numpy(pca.transform(seen) - pca.transform(0 * seen[:1])).float()
    found = PartialCodes(pca, K, SHAPE)(torch.from_numpy(seen).float(), projected)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_whole_items_keep_pcas_code(rows):
    pca = fit_principal(lambda: iter([rows]), len(rows), P, K)
    codes = torch.from_numpy(pca.transform(rows[:20])).float()
    found = PartialCodes(pca, K, SHAPE)(torch.from_numpy(rows[:20]).float(), codes)
    assert torch.equal(found, codes)


def test_numbers_that_never_change_are_not_missing(rows):
    flat = rows.copy()
    flat[:, 12:] = 0.0
    pca = fit_principal(lambda: iter([flat]), len(flat), P, K)
    codes = torch.from_numpy(pca.transform(flat[:20])).float()
    found = PartialCodes(pca, K, SHAPE)(torch.from_numpy(flat[:20]).float(), codes)
    torch.testing.assert_close(found, codes)
