"""Presets side by side on the same items."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from isthmus import Autoencoder, compare
from isthmus.errors import BadSetting
from isthmus.uses.catalogue import catalogue
from isthmus.uses.evaluation import evaluate

X = load_digits().images.astype(np.float32) / 16


def test_table_has_all_presets_and_pca() -> None:
    table = compare(X[:400], ["default", "linear"], 4, training__epochs=2)
    assert set(table.index) == {"default", "linear"}
    assert table["pca_mse"].nunique() == 1
    assert table["mse"].is_monotonic_increasing
    np.testing.assert_allclose(table["ratio"], table["mse"] / table["pca_mse"])


def test_pca_column_is_scikit_learns() -> None:
    table = compare(X[:400], ["linear"], 4, X_test=X[400:500], training__epochs=1)
    pca = PCA(4).fit(X[:400].reshape(400, -1))
    rows = X[400:500].reshape(100, -1)
    error = ((pca.inverse_transform(pca.transform(rows)) - rows) ** 2).mean()
    assert table.loc["linear", "pca_mse"] == pytest.approx(error, rel=1e-4)


def test_evaluation_agrees_with_the_estimator() -> None:
    ae = Autoencoder(8, training={"epochs": 2}, random_state=0).fit(X[:400])
    evaluation = evaluate(ae, X[400:500], ae.rival(X[:400]))
    for size, mse in zip(evaluation.sizes, evaluation.mse, strict=True):
        error = ((ae.reconstruct(X[400:500], size) - X[400:500]) ** 2).mean()
        assert mse == pytest.approx(error, rel=1e-4)
    assert evaluation.item_mse.mean() == pytest.approx(evaluation.mse[-1])


def test_unknown_preset_suggests_the_nearest() -> None:
    with pytest.raises(BadSetting, match="'linear'"):
        compare(X[:50], ["liner"], 2)


def test_catalogue_states_the_published_counts() -> None:
    counts = {row["name"]: row["n_parameters"] for row in catalogue()}
    assert counts["dense-20"] == 161_804
    assert counts["conv-4x4x4"] == 1_185
    assert counts["scenes-1024"] == 2_093_888 + 1_587_011
    assert counts["vae"] is None
