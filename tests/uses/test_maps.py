from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness as of_scikit_learn
from sklearn.neighbors import KNeighborsClassifier

from isthmus.uses import maps
from isthmus.uses.maps import map_figures, told_by_neighbours, trustworthiness


@pytest.fixture(scope="module")
def digits():
    """Digits of 8x8 as rows of 64, and the plane of PCA."""
    rows = load_digits().data
    return rows, PCA(2, random_state=0).fit_transform(rows)


@pytest.mark.parametrize("n_neighbors", [1, 5, 15])
def test_trustworthiness_is_scikit_learns(digits, n_neighbors) -> None:
    rows, plane = digits
    # Whole numbers are often equally far apart, where ranks are by chance.
    rows = rows[:500] + np.random.default_rng(0).normal(scale=0.01, size=(500, 64))
    expected = of_scikit_learn(rows, plane[:500], n_neighbors=n_neighbors)
    assert trustworthiness(rows, plane[:500], n_neighbors) == pytest.approx(expected)


def test_some_items_stand_for_all(digits) -> None:
    rows, plane = digits
    some = np.random.default_rng(0).choice(len(rows), 600, replace=False)
    whole = trustworthiness(rows, plane, 15)
    assert trustworthiness(rows, plane, 15, some) == pytest.approx(whole, abs=0.01)


def test_a_map_that_keeps_all_distances_has_ones(digits) -> None:
    _, plane = digits
    turned = plane @ np.array([[0.6, -0.8], [0.8, 0.6]]) * 3 + 1
    figures = map_figures(plane, turned)
    assert figures.trustworthiness == pytest.approx(1)
    assert figures.continuity == pytest.approx(1)
    assert figures.distances == pytest.approx(1)


def test_a_map_by_chance_is_near_a_half(digits) -> None:
    rows, _ = digits
    figures = map_figures(rows, np.random.default_rng(0).normal(size=(len(rows), 2)))
    assert figures.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert figures.continuity == pytest.approx(0.5, abs=0.03)
    assert figures.distances == pytest.approx(0, abs=0.02)


def test_continuity_is_trustworthiness_the_other_way(digits) -> None:
    rows, plane = digits
    figures = map_figures(rows[:400], plane[:400])
    assert figures.continuity == pytest.approx(
        of_scikit_learn(plane[:400], rows[:400], n_neighbors=15)
    )


@pytest.mark.parametrize("n", [4, 5, 31])
def test_few_items_have_figures(n) -> None:
    items = np.random.default_rng(0).normal(size=(n, 3))
    figures = map_figures(items, items[:, :2])
    assert 0 <= figures.trustworthiness <= 1
    assert 0 <= figures.continuity <= 1


def test_items_that_lie_at_one_place_are_compared(digits) -> None:
    rows, _ = digits
    assert 0 <= trustworthiness(rows[:100], np.zeros((100, 2)), 15) <= 1


def test_neighbours_tell_as_scikit_learns_do(digits) -> None:
    _, plane = digits
    labels = load_digits().target.astype(str)
    told = told_by_neighbours(plane[:1000], labels[:1000], plane[1000:], labels[1000:])
    voters = KNeighborsClassifier(maps.VOTERS).fit(plane[:1000], labels[:1000])
    assert told == pytest.approx(voters.score(plane[1000:], labels[1000:]))


def test_items_without_a_label_do_not_vote_and_are_not_asked(digits) -> None:
    _, plane = digits
    labels = load_digits().target.astype(str)
    some = labels.copy()
    some[:300] = some[1200:] = ""
    told = told_by_neighbours(plane[:1000], some[:1000], plane[1000:], some[1000:])
    expected = told_by_neighbours(
        plane[300:1000], labels[300:1000], plane[1000:1200], labels[1000:1200]
    )
    assert told == expected


def test_nothing_is_told_without_labels(digits) -> None:
    _, plane = digits
    none, some = np.full(100, ""), np.full(100, "a")
    assert told_by_neighbours(plane[:100], none, plane[100:200], some) is None
    assert told_by_neighbours(plane[:100], some, plane[100:200], none) is None
