"""Predicted ratings: the algebra against plain least squares, and what they are good for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from isthmus import Autoencoder, RatingPredictor
from isthmus.errors import BadInput
from isthmus.uses.factors import Factors, sample_factors
from isthmus.uses.ranking import hide_some
from isthmus.uses.ratings import mean_ratings

Floats = NDArray[np.floating]


def _world(
    seed: int, n_users: int = 150, n_items: int = 40, noise: float = 0.3
) -> tuple[Floats, csr_matrix]:
    """The truth of a model with two factors, and a third of it given with noise."""
    rng = np.random.default_rng(seed)
    users, items = rng.normal(size=(n_users, 2)), rng.normal(size=(n_items, 2))
    of_users, of_items = rng.normal(size=(n_users, 1)), rng.normal(size=n_items)
    truth = 20 + 0.5 * of_users + 0.5 * of_items + users @ items.T
    given = truth + noise * rng.normal(size=truth.shape)
    return truth, csr_matrix(given * (rng.random(truth.shape) < 0.33))


def test_a_user_is_the_most_likely_one_given_the_items() -> None:
    """The minimum of the user's own quadratic, found by SciPy."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    items, centre = rng.normal(size=(9, 4)), rng.normal(size=(1, 4))
    precision = np.cov(rng.normal(size=(4, 20)))
    given = np.where(rng.random(9) < 0.6, rng.normal(5, 1, 9), 0.0)
    factors = Factors(5.0, items[None], centre[None], precision[None], np.array([3.0]))
    design = np.column_stack([np.ones(9), items[:, 1:]])
    there = given != 0

    def surprise(vector: Floats) -> float:
        left = given - 5.0 - items[:, 0] - design @ vector
        away = vector - centre[0]
        return float(3.0 * np.square(left[there]).sum() + away @ precision @ away)

    best = minimize(surprise, np.zeros(4), tol=1e-12).x
    found = factors.ratings(csr_matrix(given), np.ones((1, 1)))
    np.testing.assert_allclose(found[0], 5.0 + items[:, 0] + design @ best, atol=1e-4)


def test_factors_are_found_again() -> None:
    truth, given = _world(0)
    known = [np.ones((n, 1)) for n in truth.shape]
    factors = sample_factors(given, known[0], known[1], 4, seed=0)
    found = factors.ratings(given, known[0])
    hidden = given.toarray() == 0
    error = np.sqrt(np.square(found - truth)[hidden].mean())
    means = np.sqrt(np.square(mean_ratings(given, given) - truth)[hidden].mean())
    assert error < 0.3 < means / 3
    # The noise that was added, 0.3, by what is left of the ratings given.
    assert 1 / np.sqrt(factors.noise.mean()) == pytest.approx(0.3, rel=0.15)


def test_what_is_known_of_users_helps_where_ratings_are_few() -> None:
    rng = np.random.default_rng(1)
    taste, items = rng.normal(size=(300, 2)), rng.normal(size=(30, 2))
    truth = 10 + taste @ items.T
    given = csr_matrix(truth * (rng.random(truth.shape) < 0.06))
    plain, knowing = np.ones((300, 1)), np.column_stack([np.ones(300), taste])
    of_items, hidden = np.ones((30, 1)), given.toarray() == 0

    def error(known: Floats) -> float:
        found = sample_factors(given, known, of_items, 3, seed=0).ratings(given, known)
        return float(np.square(found - truth)[hidden].mean())

    assert error(knowing) < error(plain) / 2


def test_the_means_of_items_and_leanings_of_users() -> None:
    fitted = csr_matrix(np.array([[4.0, 0, 2], [5, 0, 0], [0, 1, 0]]))
    seen = csr_matrix(np.array([[0.0, 2, 0], [0, 0, 0]]))
    mean = 3.0
    items = [mean + 3.0 / 7, mean - 2.0 / 6, mean - 1.0 / 6]
    more = (2 - items[1]) / 6
    expected = [[item + more for item in items], items]
    np.testing.assert_allclose(mean_ratings(fitted, seen), expected)


# ------------------------------------------------------------------ the estimator


@pytest.fixture(scope="module")
def fitted() -> RatingPredictor:
    preset = Autoencoder.from_preset("recommend", 4, training__epochs=3)
    return RatingPredictor(preset, n_factors=4).fit(_world(2)[1])


def test_new_users_are_predicted_from_a_few_ratings(fitted: RatingPredictor) -> None:
    rng = np.random.default_rng(2)
    # The same items, other users: `_world` draws users first, then items.
    rng.normal(size=(150, 2))
    items = rng.normal(size=(40, 2))
    rng.normal(size=(150, 1))
    of_items = rng.normal(size=40)
    new = np.random.default_rng(3).normal(size=(30, 2))
    truth = 20 + 0.5 * of_items + new @ items.T
    given = csr_matrix(truth * (np.random.default_rng(4).random(truth.shape) < 0.4))
    error = np.sqrt(np.square(fitted.predict(given) - truth).mean())
    assert error < 0.5 < truth.std() / 2


def test_pairs_are_those_of_the_whole(fitted: RatingPredictor) -> None:
    given = _world(2)[1]
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 150, 50), rng.integers(0, 40, 50)
    whole = fitted.predict(given)
    np.testing.assert_allclose(fitted.predict_at(given, users, items), whole[users, items])


def test_no_rating_lies_beyond_those_given(fitted: RatingPredictor) -> None:
    given = _world(2)[1]
    found = fitted.predict(given)
    assert found.min() >= given.data.min()
    assert found.max() <= given.data.max()


def test_the_same_seed_gives_the_same_ratings() -> None:
    given = hide_some(_world(5)[1], 0.2, 0)[0]
    preset = Autoencoder.from_preset("recommend", 2, training__epochs=1)
    one, other = (RatingPredictor(preset, n_factors=2).fit(given).predict(given) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_nothing_given_is_refused() -> None:
    with pytest.raises(BadInput, match="0 ratings"):
        RatingPredictor().fit(np.zeros((6, 5)))
