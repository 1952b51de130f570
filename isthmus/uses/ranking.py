"""How well scores rank what a user chose among all there is to choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from isthmus.errors import BadInput

__all__ = ["PLACES", "Ranked", "Scorer", "best_items", "hide_some", "judge_ranking"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]
#: Scores of all items for some users, (m, p) sparse -> (m, p); larger is better.
Scorer = Callable[[csr_matrix], Floats]

#: Places of a list that count.
PLACES = 20
# Scores of one batch of users.
SCORES_AT_ONCE = 2**23


@dataclass(frozen=True)
class Ranked:
    """How good the lists of some users are.

    Attributes
    ----------
    ndcg : ndarray, shape (n,)
        Normalised discounted cumulative gain: each hit counts 1 / log2(1 + its place), over what
        the best list has. Jarvelin and Kekalainen, "Cumulated gain-based evaluation of IR
        techniques" (TOIS 2002).
    recall : ndarray, shape (n,)
        Share of what was to be found that is in the list.
    """

    ndcg: Floats
    recall: Floats


def best_items(scorer: Scorer, seen: csr_matrix, n: int) -> tuple[Indices, Floats]:
    """The best items for each user that the user does not have yet.

    Parameters
    ----------
    scorer : callable
    seen : sparse matrix, shape (n_users, p)
        Not zero where a user has an item.
    n : int
        Items wanted; at most p.

    Returns
    -------
    items : ndarray of int, shape (n_users, n)
        Best first; -1 where a user has all others.
    scores : ndarray, shape (n_users, n)
        Minus infinity there.
    """
    step = max(1, SCORES_AT_ONCE // max(1, seen.shape[1]))
    pairs = [
        _best(scorer, seen[start : start + step], n) for start in range(0, seen.shape[0], step)
    ]
    items, scores = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return items, scores


def _best(scorer: Scorer, seen: csr_matrix, n: int) -> tuple[Indices, Floats]:
    scores = np.array(scorer(seen))
    scores[seen.nonzero()] = -np.inf
    n = min(n, scores.shape[1])
    some = np.argpartition(-scores, n - 1, axis=1)[:, :n]
    order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
    items = np.take_along_axis(some, order, 1)
    found = np.take_along_axis(scores, items, 1)
    return np.where(np.isfinite(found), items, -1), found


def judge_ranking(
    scorer: Scorer, seen: csr_matrix, wanted: csr_matrix, places: int = PLACES
) -> Ranked:
    """How many of the items that users want are in the first places of their lists.

    Parameters
    ----------
    scorer : callable
    seen, wanted : sparse matrix, shape (n_users, p)
        What a user has, which is not recommended, and what is to be found. Users that want nothing
        are left out.
    places : int
        Length of a list.

    Raises
    ------
    BadInput
        If no user wants anything.
    """
    n_wanted = np.diff(wanted.indptr)
    asked = np.flatnonzero(n_wanted)
    if not len(asked):
        raise BadInput(
            "no user has a held-back item: there is nothing to judge recommendations by."
        )
    wanted, n_wanted = wanted[asked], n_wanted[asked]
    items, _ = best_items(scorer, seen[asked], places)
    hits = _are_in(wanted, items)
    worth = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.concatenate([[0.0], np.cumsum(worth)])[np.minimum(n_wanted, hits.shape[1])]
    return Ranked(hits @ worth / ideal, hits.sum(1) / n_wanted)


def _are_in(wanted: csr_matrix, items: Indices) -> NDArray[np.bool_]:
    """Whether each listed item is wanted, shape of ``items``."""
    rows = np.repeat(np.arange(len(items)), items.shape[1])
    flat = items.ravel()
    found = np.asarray(wanted[rows, np.maximum(flat, 0)]).ravel() != 0
    return (found & (flat >= 0)).reshape(items.shape)


def hide_some(has: csr_matrix, share: float, seed: int) -> tuple[csr_matrix, csr_matrix]:
    """What users have, in two parts: what is seen, and a share that is held back.

    Of each user with two or more at least one item is held back and one is seen; one item alone is
    seen.

    Parameters
    ----------
    has : sparse matrix, shape (n_users, p)
    share : float
        Of each user's items, in (0, 1).
    seed : int
    """
    counts = np.diff(has.indptr)
    n_hidden = np.where(counts > 1, np.clip(np.round(share * counts), 1, counts - 1), 0)
    drawn = np.random.default_rng(seed).random(has.nnz)
    users = np.repeat(np.arange(has.shape[0]), counts)
    order = np.lexsort((drawn, users))
    place = np.empty(has.nnz, np.intp)
    place[order] = np.arange(has.nnz) - np.repeat(has.indptr[:-1], counts)
    hidden = place < n_hidden[users]
    return _part(has, ~hidden), _part(has, hidden)


def _part(has: csr_matrix, which: NDArray[np.bool_]) -> csr_matrix:
    users = np.repeat(np.arange(has.shape[0]), np.diff(has.indptr))[which]
    return csr_matrix((has.data[which], (users, has.indices[which])), shape=has.shape)
