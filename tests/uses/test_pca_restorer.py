"""PCA as a restorer: against the closed form of a Gaussian, and against a linear regression."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression

from isthmus.corruptions import Cells, GaussianNoise
from isthmus.data.rows import Rows
from isthmus.data.scaling import Scaling
from isthmus.start import GUESSING, guess_of, pca_of
from isthmus.training.task import chance
from isthmus.uses.pca_restorer import PCARestorer

PLAIN = Scaling(np.asarray(0.0), np.asarray(1.0), "values as given")


@pytest.fixture(scope="module")
def rows() -> Rows:
    random = np.random.default_rng(0)
    mixing = random.normal(size=(4, 12))
    items = random.normal(size=(3000, 4)) @ mixing + 0.1 * random.normal(size=(3000, 12)) + 2.0
    return Rows(items.astype(np.float32), PLAIN)


def test_hidden_values_are_the_gaussians_conditional_means(rows):
    pca = pca_of(rows, np.arange(3000), 4)
    restorer = PCARestorer(pca, Cells(), guess_of(rows, np.arange(3000), Cells(), pca))
    noise = (pca.total_variance - pca.variances.sum()) / 12
    # The model's covariance is that of PCA's directions and what they leave, spread evenly.
    covariance = (pca.directions.T * pca.variances) @ pca.directions + noise * np.eye(12)
    x = rows.items[:5].astype(np.float64)
    hidden = np.zeros((5, 12), bool)
    hidden[:, [1, 5, 8]] = True
    found = restorer.restore(Cells().seen(torch.from_numpy(np.where(hidden, np.nan, x)).float()))
    h, v = np.flatnonzero(hidden[0]), np.flatnonzero(~hidden[0])
    weights = np.linalg.solve(covariance[np.ix_(v, v)], covariance[np.ix_(v, h)])
    expected = pca.mean[h] + (x[:, v] - pca.mean[v]) @ weights
    np.testing.assert_allclose(found[:, h], expected, atol=2e-3)
    np.testing.assert_array_equal(found[:, v], x[:, v].astype(np.float32))


def test_noise_is_removed_as_the_best_linear_map_of_the_numbers_does(rows):
    pca = pca_of(rows, np.arange(3000), 4)
    noise = GaussianNoise(1.0, clip=False)
    restorer = PCARestorer(pca, noise, guess_of(rows, np.arange(3000), noise, pca))
    batch = noise(rows.batch(slice(None)), chance(0, GUESSING))
    given, wanted = (pca.transform(x.double().numpy()) for x in (batch.seen, batch.target))
    best = LinearRegression().fit(given, wanted)
    expected = pca.inverse_transform(best.predict(given))
    np.testing.assert_allclose(restorer.restore(batch.seen), expected, atol=5e-3)
    error, before = (
        float((x - batch.target).square().mean())
        for x in (restorer.restore(batch.seen), batch.seen)
    )
    assert error < 0.4 * before
