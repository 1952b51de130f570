"""Recommendations: better than what all are offered, never from a dense matrix."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from isthmus import Autoencoder, Recommender
from isthmus.errors import BadInput
from isthmus.uses.ranking import hide_some, judge_ranking
from isthmus.uses.recommendation import popularity

N_TASTES, EACH, N_ITEMS = 4, 60, 48


def _users(seed: int) -> tuple[csr_matrix, NDArray[np.intp]]:
    """Users of four tastes, who have many items of their own quarter and few of the others."""
    rng = np.random.default_rng(seed)
    tastes = rng.permutation(np.repeat(np.arange(N_TASTES), EACH))
    of_item = np.repeat(np.arange(N_TASTES), N_ITEMS // N_TASTES)
    chance = np.where(tastes[:, None] == of_item, 0.6, 0.05)
    return csr_matrix((rng.random(chance.shape) < chance).astype(np.float32)), tastes


@pytest.fixture(scope="module")
def fitted() -> Recommender:
    preset = Autoencoder.from_preset("recommend", 8, training__epochs=20)
    return Recommender(preset).fit(_users(0)[0])


def test_users_are_offered_what_their_like_have(fitted: Recommender) -> None:
    has, tastes = _users(1)
    offered, _ = fitted.recommend(has, 3)
    of_own_taste = offered // (N_ITEMS // N_TASTES) == tastes[:, None]
    assert of_own_taste.mean() > 0.95


def test_better_than_popularity_and_no_worse_than_either_alone(fitted: Recommender) -> None:
    seen, wanted = hide_some(_users(2)[0], 0.3, 0)
    scorers = {**fitted.scorers(), "popular": popularity(_users(0)[0])}
    ndcg = {n: judge_ranking(s, seen, wanted, 5).ndcg.mean() for n, s in scorers.items()}
    assert ndcg["both"] > 2 * ndcg["popular"]
    assert ndcg["both"] > 0.97 * max(ndcg["network"], ndcg["linear"])


def test_a_user_who_has_nothing_is_offered_something(fitted: Recommender) -> None:
    items, scores = fitted.recommend(np.zeros((1, N_ITEMS)), 5)
    assert len(set(items[0])) == 5
    assert np.isfinite(scores).all()


def test_the_best_items_are_those_of_the_scores(fitted: Recommender) -> None:
    has = _users(3)[0][:5]
    scores = fitted.score_items(has)
    scores[has.nonzero()] = -np.inf
    items, best = fitted.recommend(has, N_ITEMS)
    np.testing.assert_allclose(best, -np.sort(-scores, axis=1), rtol=1e-6)
    assert ((items == -1).sum(1) == np.diff(has.indptr)).all()


def test_how_often_plays_no_part(fitted: Recommender) -> None:
    has = _users(4)[0][:6]
    often = has.copy()
    often.data = np.random.default_rng(0).integers(1, 9, has.nnz).astype(np.float32)
    np.testing.assert_array_equal(fitted.score_items(has), fitted.score_items(often))
    np.testing.assert_array_equal(fitted.score_items(has), fitted.score_items(has.toarray()))


def test_the_same_seed_gives_the_same_scores() -> None:
    has = _users(0)[0]

    def scores() -> NDArray[Any]:
        preset = Autoencoder.from_preset("recommend", 4, training__epochs=2)
        return np.asarray(Recommender(preset).fit(has).score_items(has[:9]))

    np.testing.assert_array_equal(scores(), scores())


def test_a_matrix_too_large_to_be_dense() -> None:
    """Ten thousand users of as many items are 400 MB dense; of arrays there is a fifth of it."""
    rng = np.random.default_rng(0)
    n = 10_000
    pairs = rng.integers(0, n, (2, 60_000))
    has = csr_matrix((np.ones(60_000, np.float32), pairs), (n, n))
    ae = Autoencoder.from_preset("recommend", 2, network__hidden=(4,), training__epochs=1)
    tracemalloc.start()
    codes = ae.set_params(random_state=0).fit(has).transform(has)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * n * n / 5
    assert codes.shape == (n, 2)
    assert np.isfinite(codes).all()


def test_too_few_users_are_refused() -> None:
    with pytest.raises(ValueError, match="n_samples=3 users"):
        Recommender().fit(csr_matrix(np.eye(3, dtype=np.float32)))


def test_users_with_one_item_each_can_judge_nothing() -> None:
    has = csr_matrix(np.eye(40, dtype=np.float32))
    preset = Autoencoder.from_preset("recommend", 2, training__epochs=1)
    with pytest.raises(BadInput, match="0 of them with two items"):
        Recommender(preset).fit(has)


def test_another_number_of_items_is_refused(fitted: Recommender) -> None:
    with pytest.raises(ValueError, match="48 features"):
        fitted.recommend(np.zeros((2, 7)))
