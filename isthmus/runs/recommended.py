"""Recommendations by a run: how good its lists are, and lists for users, known or new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset, UserItems
from isthmus.errors import BadFile, BadSetting, NoData
from isthmus.files import replacing_file
from isthmus.loading import load
from isthmus.runs.folder import RunFolder, read_json, write_json
from isthmus.runs.items import Fitting, Preparing, fitting_items, later_items
from isthmus.runs.request import Request
from isthmus.runs.uses import write_columns
from isthmus.uses.ease import Ease
from isthmus.uses.ranking import PLACES, hide_some, judge_ranking
from isthmus.uses.recommendation import HELD_BACK, Recommender, popularity

__all__ = [
    "Offer",
    "judged_lists",
    "offers_of",
    "offers_to",
    "read_recommender",
    "save_recommender",
]

NAME = "recommender"


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
    """

    user: str
    has: list[str]
    items: list[str]
    scores: list[float]


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
    fitted = fitting.data.items if fitting.kept is None else fitting.data.items[fitting.kept]
    scorers = {**recommender.scorers(), "popularity": popularity(fitted)}
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


# ------------------------------------------------------------------ on disk


def save_recommender(folder: Path, recommender: Recommender) -> None:
    """Write what a run's model lacks to recommend: the linear model and the two choices."""
    linear = recommender.linear_
    # Half the digits: no list of 20 changes, and a matrix of 3,628 items takes 26 MB.
    weights = linear.weights.astype(np.float16)
    tensors: dict[str, NDArray[Any]] = {"items": linear.items, "weights": weights}
    with replacing_file(folder / f"{NAME}.safetensors") as temporary:
        save_file(tensors, temporary)
    choices = {
        "n_items": linear.n_items,
        "share": recommender.share_,
        "strength": recommender.strength_,
    }
    write_json(folder / f"{NAME}.json", choices)


def read_recommender(folder: Path, ae: Autoencoder) -> Recommender:
    """What `save_recommender` wrote.

    Raises
    ------
    BadSetting
        If the run was not fitted to recommend.
    BadFile
        If a file is damaged.
    """
    path = folder / f"{NAME}.safetensors"
    if not path.is_file():
        raise BadSetting(
            f"{folder} was not fitted to recommend; fit a table of users and their items with "
            "isthmus fit DATA --preset recommend."
        )
    choices = read_json(folder / f"{NAME}.json")
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise BadFile(f"{path} is damaged: {error}.") from error
    linear = Ease(tensors["items"], tensors["weights"].astype(np.float32), choices["n_items"])
    return Recommender.restored(ae, linear, choices["share"], choices["strength"])


# ------------------------------------------------------------------ lists


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
    BadSetting, BadInput
        If the user or an item is unknown.
    """
    fit, recommender = _opened(run)
    form = UserItems.from_dict(fit["user_items"])
    has = csr_matrix(form.row(likes))
    if user is not None:
        data = fitting_items(Request.from_dict(fit["request"]), preparing).data
        has = has + data.items[_place(user, data)]
    items, scores = recommender.recommend(has, n)
    names = np.asarray(form.items, object)
    there = items[0] >= 0
    return Offer(
        user or "a new user",
        names[has.indices].tolist(),
        names[items[0][there]].tolist(),
        scores[0][there].tolist(),
    )


def offers_of(
    run: Path, out: Path, data: str | None = None, n: int = 10, preparing: Preparing | None = None
) -> tuple[int, int]:
    """Write what to offer all users of a run, or of other data, to a Parquet file.

    Columns: user, rank (1 is the best), item, score. Users are in their own order.

    Returns
    -------
    tuple of int
        Users, and of other data items that the run does not know and that were left out.
    """
    fit, recommender = _opened(run)
    if data is None:
        users = fitting_items(Request.from_dict(fit["request"]), preparing).data
    else:
        users = later_items(data, fit, recommender.autoencoder_, preparing)
    items, scores = recommender.recommend(users.items, n)
    there = items >= 0
    names = np.asarray(UserItems.from_dict(fit["user_items"]).items, object)
    ranks = np.broadcast_to(np.arange(1, items.shape[1] + 1), items.shape)
    whose = np.repeat(np.asarray(users.ids, object), there.sum(1))
    columns = {
        "user": pa.array(whose, pa.string()),
        "rank": pa.array(ranks[there], pa.int64()),
        "item": pa.array(names[items[there]], pa.string()),
        "score": pa.array(scores[there].astype(np.float64)),
    }
    write_columns(out, columns)
    return len(users), len(users.skipped)


def _opened(run: Path) -> tuple[dict[str, Any], Recommender]:
    folder = RunFolder(run).require().path
    return read_json(folder / "fit.json"), read_recommender(folder, load(folder))


def _place(user: str, data: Dataset) -> int:
    places: NDArray[np.intp] = np.flatnonzero(np.asarray(data.ids) == user)
    if not len(places):
        raise NoData(
            f"there is no user {user!r} among the {len(data)} of the run, such as "
            f"{', '.join(data.ids[:3].tolist())}; for a new one say what there is: --likes ITEM."
        )
    return int(places[0])
