"""What users are recommended, and how often that is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from isthmus.data.rows import drawn
from isthmus.report.markup import Section, escape, figure, note, paragraph, table
from isthmus.report.study import Study
from isthmus.report.text import count, percent, shortened
from isthmus.uses.ranking import best_items, hide_some
from isthmus.uses.recommendation import Recommender

__all__ = ["NAMES", "lists_section", "most_had"]

#: What the scorers of `judged_lists` are called, best first.
NAMES = {
    "both": "both together",
    "network": "the autoencoder alone",
    "linear": "the linear model alone (EASE)",
    "popularity": "what most users have",
}
# Users shown, items named of what each has, and of the list.
USERS, HAS, OFFERED = 8, 6, 10
# Items whose companions are shown, and companions of each.
ITEMS, COMPANIONS = 12, 4
LONGEST = 40
# Names of items have commas in them.
DOT = " · "


def lists_section(study: Study) -> Section:
    """Figures beside the rivals', some users' lists, and what goes with what."""
    recommender = study.uses["recommender"]
    lists = study.metrics["lists"]
    held = percent(lists["held_back"])
    lead = paragraph(
        f"Of each of {count(lists['n_users'])} test users {held} of the items were held back and "
        f"{lists['places']} recommended by the others. NDCG is 1 where the held-back items come "
        "first, recall is the share of them in the list. The scores of the autoencoder count "
        f"{percent(lists['share'])}, those of the linear model the rest, which ranks best what was "
        "held back of other users."
    )
    body = (
        lead
        + _ranks(lists)
        + _ratings(study)
        + _users(study, recommender)
        + _companions(study, recommender)
    )
    return Section("lists", "What it recommends", body)


def _ranks(lists: Mapping[str, Any]) -> str:
    rows = [
        [name, f"{lists['rank'][key]['ndcg']:.4f}", f"{lists['rank'][key]['recall']:.4f}"]
        for key, name in NAMES.items()
    ]
    places = lists["places"]
    head = ("lists by", f"NDCG@{places}", f"recall@{places}")
    return figure(table(head, rows, "quality of the lists"), "Means over the test users.")


def _ratings(study: Study) -> str:
    """How near predicted ratings are, where there are any."""
    rated = study.metrics.get("ratings")
    if not rated:
        return ""
    return paragraph(
        f"Of their ratings {percent(rated['held_back'])} were held back too, {count(rated['n'])}, "
        f"and predicted with a root mean square error of {rated['rmse']:.4f}; by the items' means "
        f"and how much each user gives more it is {rated['means_rmse']:.4f}."
    )


def _users(study: Study, recommender: Recommender) -> str:
    """Lists of some test users; what was held back and found is bold."""
    seen, wanted = hide_some(study.test.items, study.metrics["lists"]["held_back"], study.seed)
    able = np.flatnonzero(np.diff(wanted.indptr))
    chosen = able[drawn(len(able), USERS, study.seed)]
    offered, _ = best_items(recommender.scorer_, seen[chosen], OFFERED)
    rows = []
    for user, items in zip(chosen, offered, strict=True):
        has, held = seen[user].indices, set(wanted[user].indices.tolist())
        more = f" and {count(len(has) - HAS)} more" if len(has) > HAS else ""
        marked = DOT.join(_marked(study, int(i), int(i) in held) for i in items if i >= 0)
        said = DOT.join(escape(_name(study, i)) for i in has[:HAS])
        name = escape(shortened(str(study.test.ids[int(user)])))
        rows.append(
            f"<li><p><b>{name}</b> has {said}{more}, and {count(len(held))} held back</p>"
            f"<p>{marked}</p></li>"
        )
    return figure(
        f'<ul class="offers">{"".join(rows)}</ul>',
        "Test users drawn at random and the first of their lists; bold was held back and is found.",
        title="Some users",
    )


def _companions(study: Study, recommender: Recommender) -> str:
    """For the most popular items: what one who has nothing else is offered."""
    counts = np.asarray(study.train.items.sum(axis=0)).ravel()
    popular = np.argsort(-counts, kind="stable")[:ITEMS]
    alone = np.zeros((len(popular), len(counts)), np.float32)
    alone[np.arange(len(popular)), popular] = 1.0
    items, _ = recommender.recommend(alone, COMPANIONS)
    rows = [
        [_name(study, item), count(int(counts[item])), DOT.join(_name(study, i) for i in others)]
        for item, others in zip(popular, items, strict=True)
    ]
    head = ("item", "users", "who has nothing else is offered")
    return figure(
        table(head, rows, "companions"),
        "The items that most users have, as all that a new user has.",
        title="What goes with what",
    )


def most_had(study: Study) -> str:
    """How many items users have and how many users items."""
    items: Any = study.train.items
    users, had = np.diff(items.indptr), np.asarray(items.sum(axis=0)).ravel()
    filled = items.nnz / (items.shape[0] * items.shape[1])
    return note(
        f"{count(items.nnz)} pairs, {percent(filled)} of all there could be. A user has "
        f"{count(int(np.median(users)))} items in the middle, from {count(int(users.min()))} to "
        f"{count(int(users.max()))}; an item {count(int(np.median(had)))} users, from "
        f"{count(int(had.min()))} to {count(int(had.max()))}."
    )


def _name(study: Study, item: int) -> str:
    return shortened(study.columns[int(item)], LONGEST)


def _marked(study: Study, item: int, found: bool) -> str:
    name = escape(_name(study, item))
    return f"<b>{name}</b>" if found else name
