"""Odd items: promises about false alarms, and detectors of other libraries beside ours."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from isthmus import Autoencoder
from isthmus.data.rows import held_out_split
from isthmus.errors import BadInput, BadSetting
from isthmus.uses.anomalies import CALIBRATION, AnomalyDetector
from isthmus.uses.neighbours import MOST_ROWS, Neighbours
from isthmus.uses.surprise import Surprise

QUICK = Autoencoder(2, scale="columns", training={"epochs": 2})


@pytest.fixture(scope="module")
def digits():
    """A detector of all digits but threes, fresh digits, and which of them are threes."""
    found = load_digits()
    normal, threes = (found.images[found.target != 3], found.images[found.target == 3])
    detector = AnomalyDetector(Autoencoder(16, training={"epochs": 30})).fit(normal[:1200])
    odd = np.r_[np.zeros(len(normal) - 1200), np.ones(len(threes))]
    return detector, np.r_[normal[1200:], threes], odd, normal[:1200]


@parametrize_with_checks([AnomalyDetector(QUICK)])
def test_scikit_learn_takes_it_for_its_own(estimator, check):
    check(estimator)


def test_surprise_of_a_power_law_is_its_exponent_times_the_logarithm():
    rng = np.random.default_rng(0)
    distances = 1.0 + rng.pareto(3.0, 20_000)
    asked = np.array([1.2, 2.0, 10.0, 1000.0])
    nats = Surprise.of(distances)(asked)
    assert nats[:2] == pytest.approx(3 * np.log(asked[:2]), rel=0.03)
    assert nats[2:] == pytest.approx(3 * np.log(asked[2:]), rel=0.1)


def test_surprise_of_equal_distances_is_finite():
    same = Surprise.of(np.zeros(20))
    assert np.isfinite(same(np.array([0.0, 1.0]))).all()
    assert same(np.array([1.0])) > same(np.array([0.0]))


def test_distances_are_those_of_every_pair():
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(60, 4)), rng.normal(size=(7, 4))
    found = Neighbours.of(rows).distances(others)
    sums = np.abs(np.arcsinh(others)[:, None] - np.arcsinh(rows)).sum(-1)
    largest = np.abs(others[:, None] - rows).max(-1)
    nearest = np.sort(sums, axis=1)[:, :5]
    assert found[:, 0] == pytest.approx(nearest.mean(1))
    assert found[:, 2] == pytest.approx(np.sort(largest, axis=1)[:, :5].mean(1))
    between = np.abs(np.arcsinh(rows)[:, None] - np.arcsinh(rows)).sum(-1)
    own = np.sort(between, axis=1)[:, 1:6].mean(1)
    which = np.argsort(sums, axis=1)[:, :5]
    expected = (nearest / (own[which] + 1e-3 * own.mean())).mean(1)
    assert found[:, 1] == pytest.approx(expected)


def test_of_very_many_rows_some_are_drawn():
    assert len(Neighbours.of(np.arange(MOST_ROWS + 5.0)[:, None]).rows) == MOST_ROWS


def test_a_row_is_not_its_own_neighbour_when_it_is_computed_again():
    rows = np.random.default_rng(0).normal(size=(60, 4))
    neighbours = Neighbours.of(rows)
    again = rows * (1 + 1e-7)
    np.testing.assert_allclose(neighbours.distances(again), neighbours.of_its_own(), rtol=1e-4)


def test_false_alarms_are_as_many_as_promised():
    shares = []
    for seed in range(12):
        normal = np.random.default_rng(seed).standard_t(4, (500, 3))
        detector = AnomalyDetector(QUICK, false_alarms=0.1, random_state=seed).fit(normal[:300])
        p_values = detector.p_values(normal[300:])
        shares.append(((p_values <= 0.1).mean(), (p_values <= 0.5).mean()))
        assert ((p_values <= 0.1) == (detector.predict(normal[300:]) < 0)).all()
    # Twelve times sixty that calibrate: standard errors of 1.2 and 1.9 points. Fewer are allowed.
    few, half = np.mean(shares, axis=0)
    assert 0.05 < few < 0.125
    assert 0.4 < half < 0.54


def test_unseen_digits_are_found_better_than_by_either_error(digits):
    detector, items, odd, normal = digits
    ours = roc_auc_score(odd, -detector.score_samples(items))
    rows, flat = normal.reshape(-1, 64), items.reshape(-1, 64)
    pca = PCA(16).fit(rows)
    error = np.square(pca.inverse_transform(pca.transform(flat)) - flat).sum(1)
    own = -detector.autoencoder_.score_samples(items)
    assert ours > max(roc_auc_score(odd, error), roc_auc_score(odd, own)) + 0.03


def test_contributions_point_at_what_was_changed(digits):
    detector, items, odd, _ = digits
    spoiled = items[odd == 0][:20].copy()
    spoiled[:, 6:, :2] = 16.0
    heat = detector.contributions(spoiled)
    assert heat.shape == spoiled.shape
    inside = heat[:, 6:, :2].mean((1, 2))
    assert (inside > 3 * heat[:, :6].mean((1, 2))).mean() > 0.9


def test_rows_are_odd_in_the_column_that_was_changed():
    rng = np.random.default_rng(0)
    cause = rng.normal(size=(400, 1))
    normal = np.hstack([cause, 2 * cause, -cause]) + rng.normal(0, 0.1, (400, 3))
    detector = AnomalyDetector(QUICK).fit(normal)
    spoiled = normal[:50].copy()
    spoiled[:, 1] += 6.0
    assert (detector.predict(spoiled) == -1).all()
    assert (detector.contributions(spoiled).argmax(1) == 1).mean() > 0.9


def test_errors_say_something_where_the_code_is_as_long_as_the_row():
    rng = np.random.default_rng(0)
    cause = rng.normal(size=(400, 1))
    normal = np.hstack([cause, cause, cause, -cause]) + rng.normal(0, 0.1, (400, 4))
    whole = Autoencoder(4, scale="columns", training={"epochs": 2})
    detector = AnomalyDetector(whole).fit(normal)
    _, _, _, of_error = detector.surprises_
    # All four numbers leave nothing; two of them leave what PCA of two leaves, or a little less.
    kept, held_out = held_out_split(400, CALIBRATION, 0)
    scaled = (normal - normal[kept].mean(0)) / normal[kept].std(0)
    pca = PCA(2).fit(scaled[kept])
    left = pca.inverse_transform(pca.transform(scaled[held_out])) - scaled[held_out]
    assert np.exp(of_error.logs).mean() == pytest.approx(np.square(left).mean(), rel=0.1)


def test_a_fitted_autoencoder_and_its_own_data_will_do():
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(300, 4))
    ae = Autoencoder(2, training={"epochs": 2}, random_state=0).fit(normal[:200])
    detector = AnomalyDetector.of(ae, normal[:200], normal[200:], false_alarms=0.02)
    assert detector.autoencoder_.model_ is ae.model_
    assert len(detector.alarms_[""].scores) == 100
    assert detector.predict(np.full((1, 4), 9.0)) == [-1]


@pytest.mark.parametrize("share", [0.0, 1.0, 2])
def test_impossible_shares_of_false_alarms_are_refused(share):
    with pytest.raises(BadSetting, match="false_alarms"):
        AnomalyDetector(false_alarms=share).fit(np.zeros((9, 2)))


def test_too_few_items_are_refused():
    with pytest.raises(BadInput, match="at least 4"):
        AnomalyDetector().fit(np.zeros((3, 2)))


def test_without_a_short_code_there_are_no_distances():
    pictures = load_digits().images[:60]
    ae = Autoencoder.from_preset("restore-noise", training={"epochs": 1}, random_state=0)
    with pytest.raises(BadSetting, match="no short code"):
        AnomalyDetector.of(ae.fit(pictures), pictures, pictures)
