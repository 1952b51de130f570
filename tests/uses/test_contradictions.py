"""Contradictions between columns, against scikit-learn's regression."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from isthmus import AnomalyDetector, Autoencoder
from isthmus.uses.contradictions import RIDGE, Contradictions


@pytest.fixture(scope="module")
def answers() -> np.ndarray:
    """Five questions of which the last three are mostly answered as the first; one of numbers."""
    rng = np.random.default_rng(0)
    first, second = (rng.random((2, 600)) < [[0.3], [0.5]]).astype(float)
    others = [np.where(rng.random(600) < 0.05, 1 - first, first) for _ in range(3)]
    return np.column_stack([first, second, *others, rng.normal(size=600)])


def scaled(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(0)) / rows.std(0)


def test_what_is_left_is_that_of_a_ridge_regression(answers):
    rows = scaled(answers)
    found = Contradictions.of(rows)
    assert found.share == pytest.approx(5 / 6)
    for j in range(rows.shape[1]):
        others = np.delete(rows, j, axis=1)
        ridge = Ridge(RIDGE * len(rows)).fit(others, rows[:, j])
        expected = rows[:, j] - ridge.predict(others)
        np.testing.assert_allclose(found.left(rows)[:, j], expected, atol=1e-8)


def test_numbers_alone_have_none(answers):
    assert Contradictions.of(scaled(np.random.default_rng(0).normal(size=(50, 4)))) is None
    three = np.tile([[0.0], [1.0], [2.0]], (20, 3))
    assert Contradictions.of(three) is None


def test_rows_that_contradict_themselves_are_odd(answers):
    normal, fresh = answers[:400], answers[400:]
    odd = fresh.copy()
    odd[:, 2] = 1 - odd[:, 0]
    odd[:, 3] = odd[:, 0]
    odd[:, 4] = odd[:, 0]
    detector = AnomalyDetector(Autoencoder(2, scale="columns", training={"epochs": 2})).fit(normal)
    scores = -detector.score_samples(np.concatenate([fresh, odd]))
    assert roc_auc_score(np.r_[np.zeros(len(fresh)), np.ones(len(odd))], scores) > 0.8
    # The answer that goes with none of the others is the reason.
    assert (detector.contributions(odd)[:, :5].argmax(1) == 2).mean() > 0.8
