"""Kinds against those that data were made of, and against scikit-learn's k-means."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import v_measure_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from isthmus import Autoencoder, Clusters
from isthmus.errors import BadInput, BadSetting
from isthmus.uses import clusters
from isthmus.uses.clusters import find_kinds

QUICK = Autoencoder(2, scale="columns", training={"epochs": 2})


@parametrize_with_checks([Clusters(3, autoencoder=QUICK), Clusters(autoencoder=QUICK)])
def test_scikit_learn_takes_it_for_its_own(estimator, check):
    check(estimator)


@pytest.mark.parametrize("n_kinds", [2, 5, 8])
@pytest.mark.parametrize("known", [True, False])
def test_kinds_far_apart_are_found_and_counted(n_kinds, known):
    codes, made = make_blobs(1000, 10, centers=n_kinds, random_state=1)
    found = find_kinds(codes, n_kinds if known else None)
    assert found.count == n_kinds
    assert v_measure_score(made, found.labels) == pytest.approx(1.0, abs=0.02)
    assert found.stability > 0.95


def test_one_cloud_has_no_kinds_that_are_stable():
    cloud = np.random.default_rng(0).normal(size=(1000, 10))
    assert find_kinds(cloud).stability < 0.4
    assert find_kinds(cloud, 4).stability < 0.4


def test_rings_are_kinds_though_their_middles_are_the_same():
    chance = np.random.default_rng(0)
    angle, ring = chance.uniform(0, 2 * np.pi, 600), np.repeat([0, 1], 300)
    radius = 1.0 + 2 * ring
    codes = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    codes += 0.05 * chance.normal(size=codes.shape)
    assert v_measure_score(ring, find_kinds(codes, 2).labels) == pytest.approx(1.0)
    assert v_measure_score(ring, KMeans(2, n_init=5, random_state=0).fit_predict(codes)) < 0.1


def test_digits_are_told_apart_better_than_by_k_means():
    found = load_digits()
    codes = PCA(20, random_state=0).fit_transform(found.data)
    ours = v_measure_score(found.target, find_kinds(codes, 10).labels)
    rival = KMeans(10, n_init=10, random_state=0).fit_predict(codes)
    assert ours > v_measure_score(found.target, rival) + 0.1


def test_kinds_are_numbered_by_size():
    codes, _ = make_blobs([30, 200, 80], 4, centers=10 * np.eye(3, 4), random_state=2)
    sizes = np.bincount(find_kinds(codes, 3).labels)
    assert sizes.tolist() == [200, 80, 30]


def test_more_items_than_are_compared_follow_the_others(monkeypatch):
    codes, made = make_blobs(1200, 6, centers=4, random_state=1)
    monkeypatch.setattr(clusters, "MOST_ITEMS", 300)
    found = find_kinds(codes, 4)
    assert len(found.compared) == 300
    assert v_measure_score(made, found.labels) == pytest.approx(1.0, abs=0.02)
    assert (found.of(codes) == found.labels).mean() > 0.99


def test_members_are_ordered_from_the_middle_and_from_the_edge():
    codes, _ = make_blobs(300, 3, centers=3, cluster_std=1.0, random_state=1)
    codes[7] += 6.0
    found = find_kinds(codes, 3)
    kind = found.labels[7]
    assert found.oddest(kind)[0] == 7
    middle = codes[found.labels == kind].mean(0)
    far = np.square(codes[found.typical(kind)] - middle).sum(1)
    assert (np.diff(far) >= 0).all()
    assert set(found.typical(kind)) == set(np.flatnonzero(found.labels == kind))


def test_the_same_seed_gives_the_same_kinds():
    codes = np.random.default_rng(0).normal(size=(200, 4))
    assert np.array_equal(find_kinds(codes, 3).labels, find_kinds(codes, 3).labels)


def test_new_items_join_the_kind_of_their_neighbours():
    X, made = make_blobs(300, 5, centers=3, random_state=3)
    model = Clusters(3, autoencoder=Autoencoder(5, training={"epochs": 3})).fit(X[:200])
    assert v_measure_score(made[200:], model.predict(X[200:])) == pytest.approx(1.0)


def test_too_few_items_and_a_bad_number_are_refused():
    with pytest.raises(BadInput, match="at least 9"):
        find_kinds(np.zeros((8, 2)), 9)
    with pytest.raises(BadSetting, match="n_clusters=0"):
        find_kinds(np.zeros((8, 2)), 0)
