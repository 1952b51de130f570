"""PCA of blocks against scikit-learn's, and against the network that begins at it."""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA

from isthmus import Autoencoder
from isthmus.uses.block_pca import BlockPCA
from isthmus.uses.evaluation import evaluate, rival_of

SMALL = {
    "network__widths": (8, 8),
    "network__blocks": (1, 1),
    "network__grid_width": 8,
    "network__side": 8,
    "network__numbers": 10,
}


def pictures() -> np.ndarray:
    random = np.random.default_rng(0)
    rough = random.normal(128, 60, (30, 6, 6, 3)).repeat(4, 1).repeat(4, 2)
    return (rough + random.normal(0, 5, rough.shape)).clip(0, 255).astype(np.uint8)


def blocks_of(X: np.ndarray) -> np.ndarray:
    return X.reshape(len(X), 3, 8, 3, 8, 3).swapaxes(2, 3).reshape(-1, 8 * 8 * 3)


def test_errors_are_those_of_scikit_learns_pca_of_the_blocks() -> None:
    X = pictures()
    ae = Autoencoder.from_preset(
        "compression",
        random_state=0,
        code__quality=0,
        training__epochs=0,
        training__validation=0.0,
        **SMALL,
    ).fit(X)
    rival = rival_of(ae, X)
    assert isinstance(rival, BlockPCA)
    scaled = X / 255.0
    # The network takes one mean for each channel, so PCA is of blocks without that.
    centred = blocks_of(scaled)
    oracle = PCA(10).fit(centred)
    found = rival.squared_errors(scaled.reshape(30, -1), (90,))[:, 0]
    error = np.square(oracle.inverse_transform(oracle.transform(centred)) - centred)
    np.testing.assert_allclose(found.sum(), error.sum(), rtol=0.02)
    at_sizes = rival.squared_errors(scaled.reshape(30, -1), (9, 45, 90)).mean(0)
    assert (np.diff(at_sizes) < 0).all()


def test_before_training_the_network_is_its_rival() -> None:
    X = pictures()
    ae = Autoencoder.from_preset(
        "compression", random_state=0, training__epochs=0, training__validation=0.0, **SMALL
    ).fit(X)
    found = evaluate(ae, X, rival_of(ae, X))
    np.testing.assert_allclose(found.item_mse, found.item_pca_mse, rtol=1e-4)
