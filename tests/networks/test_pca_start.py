"""The default network is PCA before training, and better than PCA afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from isthmus.autoencoder import Autoencoder
from isthmus.codes import code_sizes
from isthmus.data.rows import Rows, held_out_split


def errors(X, rebuilt) -> float:
    return float(((X - rebuilt) ** 2).mean())


@pytest.mark.parametrize("code", ["ordered", "plain"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_untrained_it_is_pca_at_every_prefix(digits, code, dtype):
    X = digits[:300].astype(dtype)
    flat = X.reshape(len(X), -1)
    ae = Autoencoder(10, code=code, training={"epochs": 0}, random_state=0).fit(X)
    pca = PCA(10, svd_solver="full").fit(flat)
    codes = ae.transform(X)
    signs = np.sign((codes * pca.transform(flat)).sum(0))
    np.testing.assert_allclose(codes * signs, pca.transform(flat), atol=2e-5)
    for k in range(1, 11) if code == "ordered" else [10]:
        wanted = (pca.transform(flat)[:, :k] @ pca.components_[:k] + pca.mean_).reshape(X.shape)
        np.testing.assert_allclose(ae.inverse_transform(codes[:, :k]), wanted, atol=2e-5)
        np.testing.assert_allclose(ae.reconstruct(X, k), wanted, atol=2e-5)


def test_untrained_it_is_pca_in_the_users_units(rows):
    ae = Autoencoder(3, training={"epochs": 0}).fit(rows)
    pca = PCA(3, svd_solver="full").fit(rows)
    wanted = pca.inverse_transform(pca.transform(rows))
    np.testing.assert_allclose(ae.reconstruct(rows), wanted, rtol=1e-5, atol=1e-4)


def test_untrained_with_convolutions_it_is_pca(digits):
    X = digits[:100]
    refined = {"name": "pca-start", "refine": {"name": "conv", "widths": (4, 6)}}
    ae = Autoencoder(5, network=refined, training={"epochs": 0}).fit(X)
    np.testing.assert_allclose(
        ae.pca_.inverse_transform(ae.pca_.transform(X.reshape(100, -1))).reshape(X.shape),
        ae.reconstruct(X),
        atol=2e-5,
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_trained_it_is_never_above_pca(digits, seed):
    order = np.random.default_rng(seed).permutation(len(digits))
    X, test = digits[order[:1400]], digits[order[1400:]]
    ae = Autoencoder(12, training={"epochs": 25}, random_state=seed).fit(X)
    assert ae.best_epoch_ > 0, "training changed nothing"

    # Held out inside fit, at the sizes that are judged: a promise.
    split_seed = int(np.random.RandomState(seed).randint(2**31 - 1))
    _, held_out = held_out_split(len(X), 0.1, split_seed)
    unseen = X[held_out]
    flat = Rows(unseen, ae.scaling_).batch(slice(None), np.float64).flatten(1).numpy()
    sizes = code_sizes(12)
    of_pca = ae.pca_.squared_errors(flat, sizes).mean(0) / 64
    for k, limit in zip(sizes, of_pca, strict=True):
        assert errors(unseen, ae.reconstruct(unseen, k)) <= limit * (1 + 1e-5), k

    # On data that no part of fit has seen, against scikit-learn: an expectation, at every size.
    pca = PCA(12).fit(X.reshape(len(X), -1))
    for k in range(1, 13):
        codes = pca.transform(test.reshape(len(test), -1))[:, :k]
        rebuilt = (codes @ pca.components_[:k] + pca.mean_).reshape(test.shape)
        assert errors(test, ae.reconstruct(test, k)) < errors(test, rebuilt), k


def test_overfitting_is_thrown_away():
    # Noise has no structure beyond PCA: whatever training finds on few items is wrong elsewhere.
    X = np.random.default_rng(0).standard_normal((60, 20))
    training = {"epochs": 60, "batch_size": 8, "learning_rate": 0.01}
    ae = Autoencoder(5, training=training, random_state=0).fit(X)
    best = ae.history_[ae.best_epoch_]
    assert best.held_out_mse <= ae.history_[0].held_out_mse
    assert ae.history_[-1].held_out_mse > ae.history_[0].held_out_mse, "the test tests nothing"
