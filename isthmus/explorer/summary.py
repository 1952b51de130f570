"""What the page is told of a run, and of one item."""

from __future__ import annotations

from typing import Any

import numpy as np

from isthmus.explorer.colouring import Colouring
from isthmus.explorer.view import SPLITS, View
from isthmus.report.colours import sequential
from isthmus.uses.generation import varied
from isthmus.uses.words import MAPS

__all__ = ["code_ranges", "item_of", "summary"]

# Numbers of a code that have a slider, and stops of the ramp of colours.
SLIDERS, STOPS = 8, 16
# Items that are enough to tell the range of a number.
MOST_CODES = 50_000


def summary(view: View, colourings: list[Colouring]) -> dict[str, Any]:
    """The run: as JSON."""
    places, metrics = view.plane.places, view.metrics
    low, high = places.min(0).tolist(), places.max(0).tolist()
    return {
        "name": view.folder.name,
        "folder": str(view.folder),
        "data": metrics["data"]["name"],
        "n": len(view),
        "noun": view.noun,
        "is_table": view.is_table,
        "is_sound": view.looks.spectrum is not None,
        "columns": view.looks.names,
        "unit": metrics["unit"],
        "n_components": view.ae.n_components_,
        "ordered": view.ae.ordered,
        "by_code_size": metrics["by_code_size"] or [],
        "bounds": {"x": [low[0], high[0]], "y": [low[1], high[1]]},
        "map": {"name": view.plane.name, "note": view.plane.note},
        "maps": {plane.name: MAPS[plane.name] for plane in view.planes},
        "notes": [note for note in (view.given.note,) if note],
        "colourings": [
            {"key": each.key, "name": each.name, "group": each.group} for each in colourings
        ],
        "ramp": ["#" + bytes(stop).hex() for stop in sequential(np.linspace(0, 1, STOPS), 0, 1)],
    }


def item_of(view: View, index: int) -> dict[str, Any]:
    """One item: as JSON."""
    own = view.own
    item, split = view.item(index), own.split[index].as_py()
    found: dict[str, Any] = {
        "index": index,
        "id": str(own.ids[index]),
        "label": None if own.labels is None else str(own.labels[index]),
        "given": view.given.values[index],
        "split": SPLITS.get(split, split),
        "place": view.plane.places[index].tolist(),
        "code": own.codes[index].tolist(),
        "error": float(-view.ae.score_samples(item[None])[0]),
        "row": view.looks.row(item),
        "rebuilt_row": view.looks.row(view.rebuilt(index)) if view.looks.names else [],
    }
    scores = view.background.known("scores")
    found["score"] = None if scores is None or np.isnan(scores[index]) else float(scores[index])
    return found


def code_ranges(view: View) -> list[dict[str, float]]:
    """Of the first numbers of the codes the ends that most lie between, and the mean."""
    codes = view.own.codes[:: -(-len(view) // MOST_CODES)]
    found = []
    for number in range(min(SLIDERS, codes.shape[1])):
        ends = varied(codes, codes[0], number, 2)[:, number]
        found.append({"low": ends[0], "high": ends[1], "mean": float(codes[:, number].mean())})
    return found
