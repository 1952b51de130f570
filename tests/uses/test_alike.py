"""The graph of neighbours against its formulas, written out for every pair."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.uses.alike import FROM_OTHERS, NeighbourGraph


@pytest.fixture
def codes():
    return np.random.default_rng(0).normal(size=(60, 3))


def by_hand(codes: np.ndarray, nearest: int, seventh: int) -> np.ndarray:
    far = np.sqrt(np.square(codes[:, None] - codes).sum(-1))
    np.fill_diagonal(far, np.inf)
    order = np.argsort(far, axis=1)
    scales = np.sort(far, axis=1)[:, seventh - 1]
    ties = np.zeros_like(far)
    for i, row in enumerate(order):
        for j in row[:nearest]:
            ties[i, j] = np.exp(-(far[i, j] ** 2) / (scales[i] * scales[j]))
    return np.maximum(ties, ties.T)


def test_ties_are_those_of_the_formula(codes):
    found = NeighbourGraph.of(codes).ties.toarray()
    assert found == pytest.approx(by_hand(codes, 15, 7), rel=1e-4)


def test_spreading_solves_its_equation(codes):
    graph = NeighbourGraph.of(codes)
    given = np.random.default_rng(1).random((60, 2))
    balanced = graph.balanced.toarray()
    exact = (1 - FROM_OTHERS) * np.linalg.solve(np.eye(60) - FROM_OTHERS * balanced, given)
    assert graph.spread(given) == pytest.approx(exact, rel=1e-3)


def test_directions_are_eigenvectors_slowest_first(codes):
    graph = NeighbourGraph.of(codes)
    values, vectors = graph.directions(5)
    exact = np.linalg.eigvalsh(graph.balanced.toarray())[::-1][:5]
    assert values == pytest.approx(exact, abs=1e-6)
    assert graph.balanced @ vectors == pytest.approx(vectors * values, abs=1e-5)


def test_parts_that_nothing_ties_are_all_found():
    # Lanczos alone finds one vector of an eigenvalue that comes eight times.
    chance = np.random.default_rng(0)
    codes = np.concatenate([chance.normal(size=(400, 3)) + 1000 * i for i in range(8)])
    values, vectors = NeighbourGraph.of(codes).directions(10)
    assert values[:8] == pytest.approx(np.ones(8), abs=1e-6)
    assert values[8] < 0.999
    assert vectors.T @ vectors == pytest.approx(np.eye(10), abs=1e-5)


def test_others_hold_what_their_nearest_hold(codes):
    graph = NeighbourGraph.of(codes)
    held = np.random.default_rng(1).random((60, 2))
    assert graph.of_others(codes[:5] + 9.0, np.ones((60, 1))) == pytest.approx(np.ones((5, 1)))
    found = graph.of_others(codes[:5], held)
    nearest = np.argsort(np.square(codes[:5, None] - codes).sum(-1), axis=1)[:, :15]
    assert (found >= held[nearest].min(1)).all()
    assert (found <= held[nearest].max(1)).all()


@pytest.mark.parametrize("codes", [np.zeros((10, 2)), np.eye(2), np.r_[np.zeros((9, 1)), [[1.0]]]])
def test_equal_codes_and_few_of_them_give_finite_ties(codes):
    graph = NeighbourGraph.of(codes)
    assert np.isfinite(graph.ties.data).all()
    assert np.isfinite(graph.directions(1)[1]).all()
    assert np.isfinite(graph.spread(np.ones((len(codes), 1)))).all()
