"""Recommendations by a run: how good they are, and lists for users, known or new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from isthmus.data import Dataset, UserItems
from isthmus.errors import NoData
from isthmus.loading import load
from isthmus.runs.folder import RunFolder, read_json
from isthmus.runs.items import Fitting, Preparing, fitting_items, later_items
from isthmus.runs.recommender_files import read_predictor, read_recommender
from isthmus.runs.request import Request
from isthmus.runs.uses import write_columns
from isthmus.uses.ranking import PLACES, hide_some, judge_ranking
from isthmus.uses.ratings import RatingPredictor, mean_ratings
from isthmus.uses.recommendation import HELD_BACK, Recommender, hold_back, popularity

__all__ = ["Offer", "judged_lists", "judged_ratings", "learnt_from", "offers_of", "offers_to"]

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Offer:
    """What one user has and is recommended.

    Attributes
    ----------
    user : str
    has : list of str
    items : list of str
        Best first.
    scores : list of float
    ratings : list of float or None
        How the user would rate them, where that is known.
    """

    user: str
    has: list[str]
    items: list[str]
    scores: list[float]
    ratings: list[float] | None


def learnt_from(fitting: Fitting) -> tuple[csr_matrix, csr_matrix]:
    """What a recommender learns from, and what it judges itself by; the same every time."""
    return hold_back(_fitted(fitting.data.items, fitting), seed=0)


def judged_lists(recommender: Recommender, fitting: Fitting, seed: int = 0) -> dict[str, Any]:
    """How well held-back items of test users are found, for ``metrics.json``.

    Returns
    -------
    dict
        ``places`` (length of a list), ``held_back`` (share of a user's items), ``share`` and
        ``strength`` of the recommender, ``n_users``, and under ``rank`` for both models together,
        for each alone and for popularity the mean ``ndcg`` and ``recall``.
    """
    seen, wanted = hide_some(fitting.test.items, HELD_BACK, seed)
    scorers = {
        **recommender.scorers(),
        "popularity": popularity(_fitted(fitting.data.items, fitting)),
    }
    ranks = {name: judge_ranking(scorer, seen, wanted) for name, scorer in scorers.items()}
    return {
        "places": PLACES,
        "held_back": HELD_BACK,
        "share": recommender.share_,
        "strength": recommender.strength_,
        "n_users": len(ranks["both"].ndcg),
        "rank": {
            name: {"ndcg": float(rank.ndcg.mean()), "recall": float(rank.recall.mean())}
            for name, rank in ranks.items()
        },
    }


def judged_ratings(predictor: RatingPredictor, fitting: Fitting, seed: int = 0) -> dict[str, Any]:
    """Root mean square errors of held-back ratings of test users, for ``metrics.json``.

    Returns
    -------
    dict
        ``n`` held back, ``held_back`` (share of a user's), ``rmse``, and ``means_rmse``: of the
        items' means and the users' leanings.
    """
    seen, wanted = hide_some(_given(fitting.test), HELD_BACK, seed)
    users, items = wanted.nonzero()
    means = mean_ratings(_fitted(_given(fitting.data), fitting), seen)[users, items]
    found = {"rmse": predictor.predict_at(seen, users, items), "means_rmse": means}
    given = np.asarray(wanted[users, items]).ravel()
    roots = {name: float(np.sqrt(np.square(v - given).mean())) for name, v in found.items()}
    return {"n": len(given), "held_back": HELD_BACK, **roots}


def _fitted(of_all: csr_matrix, fitting: Fitting) -> csr_matrix:
    return of_all if fitting.kept is None else of_all[fitting.kept[:]]


def _given(data: Dataset) -> csr_matrix:
    assert data.ratings is not None
    return data.ratings


def offers_to(
    run: Path,
    user: str | None = None,
    likes: Sequence[str] = (),
    n: int = 10,
    preparing: Preparing | None = None,
) -> Offer:
    """What to offer one user.

    Parameters
    ----------
    run : Path
    user : str or None
        One of the run's users.
    likes : sequence of str
        Items that the user has besides, or all that a new user has.
    n : int
        How many to recommend.

    Raises
    ------
    BadSetting, BadInput, NoData
        If the run does not recommend, or the user or an item is unknown.
    """
    opened = _Opened.of(run)
    has, given = csr_matrix(opened.form.row(likes)), None
    if user is not None:
        data = fitting_items(opened.request, preparing).data
        place = _place(user, data)
        has = has + data.items[place]
        given = None if data.ratings is None else data.ratings[place]
    items, scores = opened.recommender.recommend(has, n)
    there = items[0] >= 0
    items = items[:, there]
    ratings = opened.ratings(given, items)
    return Offer(
        user or "a new user",
        opened.names[has.indices].tolist(),
        opened.names[items[0]].tolist(),
        scores[0][there].tolist(),
        None if ratings is None else ratings[0].tolist(),
    )


def offers_of(
    run: Path,
    out: Path | str,
    data: str | None = None,
    n: int = 10,
    preparing: Preparing | None = None,
) -> tuple[int, int]:
    """Write what to offer all users of a run, or of other data, to a Parquet file.

    Columns: user, rank (1 is the best), item, score, and where there are ratings the one expected.
    Users are in their own order.

    Returns
    -------
    tuple of int
        Users, and of other data items that the run does not know and that were left out.
    """
    opened = _Opened.of(run)
    if data is None:
        users = fitting_items(opened.request, preparing).data
    else:
        users = later_items(data, opened.fit, opened.recommender.autoencoder_, preparing)
    items, scores = opened.recommender.recommend(users.items, n)
    there = items >= 0
    ranks = np.broadcast_to(np.arange(1, items.shape[1] + 1), items.shape)
    whose = np.repeat(np.asarray(users.ids, object), there.sum(1))
    columns = {
        "user": pa.array(whose, pa.string()),
        "rank": pa.array(ranks[there], pa.int64()),
        "item": pa.array(opened.names[items[there]], pa.string()),
        "score": pa.array(scores[there].astype(np.float64)),
    }
    ratings = opened.ratings(users.ratings, items)
    if ratings is not None:
        columns["rating"] = pa.array(ratings[there])
    write_columns(out, columns)
    return len(users), len(users.skipped)


@dataclass(frozen=True)
class _Opened:
    """A run that recommends."""

    fit: dict[str, Any]
    recommender: Recommender
    predictor: RatingPredictor | None

    @classmethod
    def of(cls, run: Path) -> _Opened:
        folder = RunFolder(run).require().path
        ae = load(folder)
        fit = read_json(folder / "fit.json")
        return cls(fit, read_recommender(folder, ae), read_predictor(folder, ae))

    @property
    def request(self) -> Request:
        return Request.from_dict(self.fit["request"])

    @property
    def form(self) -> UserItems:
        return UserItems.from_dict(self.fit["user_items"])

    @property
    def names(self) -> NDArray[np.object_]:
        return np.asarray(self.form.items, object)

    def ratings(self, given: csr_matrix | None, items: NDArray[np.intp]) -> Floats | None:
        """How users would rate items, shape of ``items``; None where they gave no ratings."""
        if self.predictor is None or given is None:
            return None
        users = np.repeat(np.arange(len(items)), items.shape[1])
        found = self.predictor.predict_at(given, users, np.maximum(items.ravel(), 0))
        return found.reshape(items.shape)


def _place(user: str, data: Dataset) -> int:
    places: NDArray[np.intp] = np.flatnonzero(np.asarray(data.ids) == user)
    if not len(places):
        raise NoData(
            f"there is no user {user!r} among the {len(data)} of the run, such as "
            f"{', '.join(data.ids[:3].tolist())}; for a new one say what there is: --likes ITEM."
        )
    return int(places[0])
