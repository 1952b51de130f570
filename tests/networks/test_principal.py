"""Three ways to PCA, each against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from isthmus import principal
from isthmus.principal import PrincipalComponents, fit_principal

WAYS = ["covariance", "inner products", "power iteration"]


def data(n: int, p: int) -> np.ndarray:
    """Variances that fall by a third each, a mean far from zero."""
    rng = np.random.default_rng(4)
    basis, _ = np.linalg.qr(rng.standard_normal((p, p)))
    deviations = np.maximum(0.67 ** np.arange(p), 1e-3)
    return rng.standard_normal((n, p)) * deviations @ basis + rng.standard_normal(p) * 10


def fit(X: np.ndarray, k: int, chunk: int = 17) -> PrincipalComponents:
    def chunks():
        for start in range(0, len(X), chunk):
            yield X[start : start + chunk]

    return fit_principal(chunks, *X.shape, k)


@pytest.fixture(params=WAYS)
def way(request, monkeypatch) -> str:
    largest = {"covariance": 4096, "inner products": 60, "power iteration": 5}[request.param]
    monkeypatch.setattr(principal, "LARGEST_EXACT", largest)
    return request.param


def sizes(way: str) -> tuple[int, int]:
    return (50, 80) if way == "inner products" else (200, 60)


def test_agrees_with_scikit_learn(way):
    X = data(*sizes(way))
    ours, theirs = fit(X, 6), PCA(6, svd_solver="full").fit(X)
    exact = way != "power iteration"
    close = {"rtol": 1e-8, "atol": 1e-10} if exact else {"rtol": 1e-4, "atol": 1e-4}
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-12, atol=1e-12)
    cosines = (ours.directions * theirs.components_).sum(1)
    np.testing.assert_allclose(np.abs(cosines), 1.0, **close)
    n = len(X)
    np.testing.assert_allclose(ours.variances, theirs.explained_variance_ * (n - 1) / n, **close)
    np.testing.assert_allclose(ours.total_variance, X.var(0).sum(), rtol=1e-4)
    np.testing.assert_allclose(ours.directions @ ours.directions.T, np.eye(6), atol=1e-5)
    assert (ours.directions[np.arange(6), np.abs(ours.directions).argmax(1)] > 0).all()


def test_errors_of_every_prefix_agree_with_scikit_learn(way):
    X = data(*sizes(way))
    fresh = data(300, X.shape[1])[-30:]
    ours, theirs = fit(X, 6), PCA(6, svd_solver="full").fit(X)
    errors = ours.squared_errors(fresh, tuple(range(1, 7)))
    for k in range(1, 7):
        codes = theirs.transform(fresh)[:, :k]
        wanted = ((codes @ theirs.components_[:k] + theirs.mean_ - fresh) ** 2).sum(1)
        np.testing.assert_allclose(errors[:, k - 1], wanted, rtol=1e-3)
        rebuilt = ours.inverse_transform(ours.transform(fresh)[:, :k])
        np.testing.assert_allclose(((rebuilt - fresh) ** 2).sum(1), errors[:, k - 1], rtol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 8, 20])
def test_few_directions_of_very_many_features(k, monkeypatch):
    # Random directions of so many see next to nothing of the variance, as in large pictures.
    monkeypatch.setattr(principal, "LARGEST_EXACT", 5)
    monkeypatch.setattr(principal, "MOST_EXACT_ITEMS", 5)
    rng = np.random.default_rng(0)
    spectrum = 1.0 / np.arange(1, 61)
    X = rng.standard_normal((60, 60)) * spectrum @ rng.standard_normal((60, 20_000))
    ours, theirs = fit(X, k), PCA(k, svd_solver="full").fit(X)
    left = ours.total_variance - ours.variances.sum()
    least = ours.total_variance - theirs.explained_variance_.sum() * 59 / 60
    assert left == pytest.approx(least, rel=1e-3)


@pytest.mark.parametrize("way", ["covariance", "inner products"], indirect=True)
def test_more_directions_than_there_are(way):
    X = data(5, 80) if way == "inner products" else data(5, 12)
    ours = fit(X, 10)
    assert ours.directions.shape == (5, X.shape[1])
    assert ours.squared_errors(X, (4, 10)).max() < 1e-9


def test_a_constant_table_has_no_variance(way):
    n, p = sizes(way)
    ours = fit(np.full((n, p), 3.0), 2)
    assert ours.total_variance == pytest.approx(0.0, abs=1e-20)
    assert np.isfinite(ours.directions).all()
    np.testing.assert_allclose(ours.variances, 0.0, atol=1e-20)


def test_the_size_of_chunks_changes_nothing():
    X = data(100, 10)
    np.testing.assert_allclose(fit(X, 4, 7).directions, fit(X, 4, 100).directions, atol=1e-10)


def test_errors_of_damaged_rows_are_those_of_their_reconstructions():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 7)) * np.arange(1, 8)
    seen = X + rng.normal(size=X.shape)
    pca = fit_principal(lambda: iter([X]), 40, 7, 5)
    found = pca.squared_errors(X, (1, 3, 5), seen)
    for column, k in enumerate((1, 3, 5)):
        rebuilt = pca.inverse_transform(pca.transform(seen)[:, :k])
        np.testing.assert_allclose(found[:, column], ((rebuilt - X) ** 2).sum(1))
