"""Lists of items and their quality, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random
from sklearn.metrics import ndcg_score

from isthmus.errors import BadInput
from isthmus.uses.ease import Ease
from isthmus.uses.ranking import best_items, hide_some, judge_ranking


def _has(n_users: int, n_items: int, share: float, seed: int) -> csr_matrix:
    found = random(n_users, n_items, share, "csr", np.float32, random_state=seed)
    found.data[:] = 1.0
    return csr_matrix(found)


def test_ndcg_is_that_of_scikit_learn() -> None:
    scores = np.random.default_rng(0).random((30, 40))
    wanted = _has(30, 40, 0.2, 1)
    asked = np.diff(wanted.indptr) > 0
    nothing = csr_matrix(wanted.shape, dtype=np.float32)
    # The scorer is asked for the users who want something, in their order.
    found = judge_ranking(lambda seen: scores[asked], nothing, wanted, places=7)
    truth = ndcg_score(wanted.toarray()[asked], scores[asked], k=7)
    assert found.ndcg.mean() == pytest.approx(truth)


def test_recall_is_the_share_found() -> None:
    scores = np.array([[5.0, 4.0, 3.0, 2.0], [1.0, 2.0, 3.0, 4.0]])
    wanted = csr_matrix(np.array([[1, 0, 0, 1], [0, 0, 1, 1]], np.float32))
    nothing = csr_matrix((2, 4), dtype=np.float32)
    assert judge_ranking(lambda _: scores, nothing, wanted, places=2).recall.tolist() == [0.5, 1.0]


def test_what_a_user_has_is_not_recommended() -> None:
    scores = np.array([[5.0, 4.0, 3.0], [1.0, 2.0, 3.0]])
    seen = csr_matrix(np.array([[1, 0, 0], [1, 1, 1]], np.float32))
    items, found = best_items(lambda _: scores, seen, 3)
    assert items.tolist() == [[1, 2, -1], [-1, -1, -1]]
    assert found[0].tolist() == [4.0, 3.0, -np.inf]


def test_users_go_through_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    has = _has(23, 12, 0.3, 2)
    linear = Ease.fit(has, 5.0)
    whole = best_items(linear.scores, has, 4)
    monkeypatch.setattr("isthmus.uses.ranking.SCORES_AT_ONCE", 5 * 12)
    parts = best_items(linear.scores, has, 4)
    np.testing.assert_array_equal(whole[0], parts[0])


def test_hidden_and_seen_are_the_whole_and_of_each_user_the_share() -> None:
    has = _has(50, 60, 0.3, 3)
    seen, hidden = hide_some(has, 0.25, seed=0)
    assert (seen + hidden != has).nnz == 0
    assert seen.multiply(hidden).nnz == 0
    counts = np.diff(has.indptr)
    np.testing.assert_array_equal(np.diff(hidden.indptr), np.round(0.25 * counts))


def test_one_item_alone_is_not_hidden() -> None:
    has = csr_matrix(np.array([[0, 1, 0], [1, 1, 0]], np.float32))
    seen, hidden = hide_some(has, 0.9, seed=0)
    assert np.diff(seen.indptr).tolist() == [1, 1]
    assert np.diff(hidden.indptr).tolist() == [0, 1]


def test_nothing_held_back_is_said() -> None:
    nothing = csr_matrix((2, 3), dtype=np.float32)
    with pytest.raises(BadInput, match="no user has a held-back item"):
        judge_ranking(lambda seen: seen.toarray(), nothing, nothing)


# ------------------------------------------------------------------ the linear model


def test_ease_is_ridge_regression_of_each_item_on_the_others() -> None:
    """Steck (2019), eq. 4, column by column by another way."""
    has = _has(80, 15, 0.3, 4)
    weights = Ease.fit(has, strength=7.0).weights
    rows = has.toarray().astype(np.float64)
    for item in range(15):
        others = np.delete(np.arange(15), item)
        gram = rows[:, others].T @ rows[:, others] + 7.0 * np.eye(14)
        truth = np.linalg.solve(gram, rows[:, others].T @ rows[:, item])
        np.testing.assert_allclose(weights[others, item], truth, atol=1e-6)
    assert (np.diagonal(weights) == 0).all()


def test_rare_items_have_no_part_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    has = _has(80, 15, 0.3, 5)
    monkeypatch.setattr("isthmus.uses.ease.MOST_ITEMS", 6)
    linear = Ease.fit(has, 7.0)
    counts = np.asarray(has.sum(axis=0)).ravel()
    assert set(linear.items) == set(np.argsort(-counts, kind="stable")[:6])
    scores = linear.scores(has)
    assert scores.shape == (80, 15)
    assert (np.delete(scores, linear.items, axis=1) == 0).all()
    np.testing.assert_allclose(
        scores[:, linear.items], has[:, linear.items] @ Ease.fit(has[:, linear.items], 7.0).weights
    )
