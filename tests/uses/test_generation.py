"""New items from codes: densities in closed form, ways on known ground, borders that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp, multivariate_normal, norm
from sklearn.utils.estimator_checks import parametrize_with_checks

from isthmus.errors import BadInput
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.generation import CodeDensity, along_the_data, border, straight, varied


@parametrize_with_checks([CodeDensity()])
def test_scikit_learn_takes_it_for_its_own(estimator, check):
    check(estimator)


def test_the_density_of_normal_codes_is_the_normal_one():
    mean, covariance = np.array([3.0, -1.0]), np.array([[4.0, 1.5], [1.5, 1.0]])
    truth = multivariate_normal(mean, covariance)
    codes = truth.rvs(20_000, random_state=0)
    asked = truth.rvs(50, random_state=1)
    found = CodeDensity().fit(codes)
    assert found.score_samples(asked) == pytest.approx(truth.logpdf(asked), abs=0.25)
    assert found.score(codes) == pytest.approx(-truth.entropy(), abs=0.03)


def test_parts_are_found_where_there_are_some():
    chance = np.random.default_rng(0)
    side = chance.choice([-5.0, 5.0], 4000)
    codes = np.stack([side + chance.normal(size=4000), chance.normal(size=4000)], 1)
    found = CodeDensity().fit(codes)
    middle, ends = found.score_samples([[0.0, 0.0]]), found.score_samples([[-5.0, 0.0], [5.0, 0.0]])
    exact = np.log(0.5) + 2 * norm.logpdf(0.0)
    assert ends == pytest.approx([exact, exact], abs=0.3)
    assert middle[0] < ends.min() - 5


def test_drawn_codes_are_distributed_as_those_fitted():
    chance = np.random.default_rng(0)
    angle = chance.uniform(0, 2 * np.pi, 5000)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1) + 0.05 * chance.normal(size=(5000, 2))
    new = CodeDensity().fit(ring).sample(3000, random_state=1)
    radius = np.linalg.norm(new, axis=1)
    assert ((radius > 0.7) & (radius < 1.3)).mean() > 0.97
    for old, fresh in zip(ring.T, new.T, strict=True):
        assert ks_2samp(old, fresh).statistic < 0.05


def test_the_same_seed_draws_the_same_and_another_others():
    density = CodeDensity().fit(np.random.default_rng(0).normal(size=(300, 3)))
    assert np.array_equal(density.sample(5, 1), density.sample(5, 1))
    assert not np.allclose(density.sample(5, 1), density.sample(5, 2))


def test_a_number_that_never_changes_stays():
    codes = np.random.default_rng(0).normal(size=(200, 2))
    codes[:, 1] = 7.0
    assert CodeDensity().fit(codes).sample(20)[:, 1] == pytest.approx(np.full(20, 7.0), abs=0.1)


def test_the_straight_way_has_even_steps():
    way = straight(np.array([0.0, 2.0]), np.array([4.0, 0.0]), 5)
    assert way == pytest.approx(np.array([[0, 2], [1, 1.5], [2, 1], [3, 0.5], [4, 0]], float))


def test_the_way_along_the_data_goes_round_the_hole_in_a_ring():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    way = along_the_data(NeighbourGraph.of(ring), 0, 190, 21)
    assert way[0] == pytest.approx(ring[0])
    assert way[-1] == pytest.approx(ring[190])
    assert np.linalg.norm(way, axis=1) == pytest.approx(np.ones(21), abs=0.02)
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    assert steps == pytest.approx(np.full(20, angle[190] / 20), rel=0.02)


def test_the_way_passes_twins_and_refuses_a_gap():
    line = np.repeat(np.arange(40.0), 2)[:, None]
    assert along_the_data(NeighbourGraph.of(line), 0, 79, 3)[:, 0] == pytest.approx([0, 19.5, 39])
    apart = np.r_[np.zeros((30, 2)), np.full((30, 2), 1e6)]
    apart += np.random.default_rng(0).normal(size=apart.shape)
    with pytest.raises(BadInput, match="no chain"):
        along_the_data(NeighbourGraph.of(apart), 0, 59, 5)


def test_a_walk_moves_one_number_through_its_usual_values():
    codes = np.random.default_rng(0).normal(size=(5000, 3)) * [1.0, 10.0, 1.0]
    way = varied(codes, np.array([1.0, 2.0, 3.0]), 1, 9)
    assert (way[:, [0, 2]] == [1.0, 3.0]).all()
    assert way[[0, -1], 1] == pytest.approx(10 * norm.ppf([0.02, 0.98]), rel=0.05)


def test_the_border_lies_where_the_classes_change():
    found = border(lambda z: z[:, 0] - 0.3, np.array([-1.0, 0.0]), np.array([1.0, 4.0]))
    assert found == pytest.approx([0.3, 2.6], abs=1e-6)
