"""Rows of pictures of items, by their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from isthmus.report.markup import escape
from isthmus.report.pictures import image
from isthmus.report.study import Study
from isthmus.report.text import shortened

__all__ = ["EACH", "grid", "name_at", "picture_row", "pictures"]

EACH = 8


def name_at(study: Study, place: int) -> str:
    """The item at a place in words."""
    data, index = study.item_at(place)
    label = "" if data.labels is None else str(data.labels[index])
    return f"{shortened(str(data.ids[index]))}{f' ({label})' if label else ''}"


def pictures(study: Study, places: Sequence[int]) -> str:
    """Tiles of the items at some places."""
    tiles = []
    for place in places[:EACH]:
        data, index = study.item_at(place)
        pixels = study.window.show(np.asarray(data.items[index]))
        tiles.append(image(pixels, name_at(study, place)))
    return "".join(tiles)


def picture_row(who: str, tiles: str, n_tiles: int) -> str:
    """A line of a grid of `EACH` columns: what it is, and its tiles."""
    gaps = '<span class="gap"></span>' * max(0, EACH - n_tiles)
    return f'<span class="who">{escape(who)}</span>{tiles}{gaps}'


def grid(rows: Iterable[str]) -> str:
    """Lines of `picture_row` below each other."""
    return f'<div class="stages" style="--n:{EACH}">{"".join(rows)}</div>'
