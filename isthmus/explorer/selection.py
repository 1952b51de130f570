"""What lies inside a line that was drawn round points."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.explorer.colouring import NONE, Numbers, Words
from isthmus.explorer.view import View

__all__ = ["csv_of", "inside", "shares_of", "typical_of"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# Classes named, the others together.
NAMED = 12


def inside(polygon: Any, places: Floats) -> Indices:
    """Which places lie inside a closed line, by the even-odd rule.

    Parameters
    ----------
    polygon : array-like, shape (m, 2)
    places : ndarray, shape (n, 2)
    """
    corners = np.asarray(polygon, np.float64)
    low, high = corners.min(0), corners.max(0)
    near = np.flatnonzero(((places >= low) & (places <= high)).all(1))
    x, y = places[near].astype(np.float64).T
    odd = np.zeros(len(near), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 <= y) != (y1 <= y)
        odd ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return near[odd]


def typical_of(codes: Floats, chosen: Indices, n: int) -> Indices:
    """The n of the chosen items whose codes lie nearest to the mean of theirs."""
    own = codes[chosen].astype(np.float64)
    far = np.square(own - own.mean(0)).sum(1)
    return chosen[np.argsort(far, kind="stable")[:n]]


def shares_of(found: Words | Numbers, chosen: Indices) -> dict[str, Any]:
    """Of what the chosen items are: counts of words beside all items', or means of numbers."""
    if isinstance(found, Numbers):
        both = [values[np.isfinite(values)] for values in (found.of[chosen], found.of)]
        means = [float(values.mean()) if len(values) else None for values in both]
        return {"kind": "numbers", "mean": means[0], "mean_of_all": means[1]}
    here = np.bincount(found.of[chosen], minlength=NONE + 1)
    everywhere = np.bincount(found.of, minlength=NONE + 1)
    names = {**dict(enumerate(found.names)), NONE: ""}
    order = [int(i) for i in np.argsort(-here, kind="stable")[: NAMED + 1] if here[i]]
    shown = order if len(order) <= NAMED else order[:NAMED]
    rows = [
        {
            "name": names[i],
            "kind": "c-rest s0" if i == NONE else found.kinds[i],
            "n": int(here[i]),
            "of": int(everywhere[i]),
        }
        for i in shown
    ]
    return {"kind": "words", "words": rows, "rest": int(len(chosen) - here[shown].sum())}


def csv_of(view: View, chosen: Indices) -> str:
    """The chosen items as a table: id, split, their labels, places, and what is known so far."""
    own = view.own
    columns: dict[str, Any] = {"id": own.ids[chosen], "split": own.split.take(chosen).to_pylist()}
    if own.labels is not None:
        columns["label"] = own.labels[chosen]
    columns["given"] = [value or "" for value in view.given.values[chosen]]
    columns["x"], columns["y"] = view.plane.places[chosen].T
    for name, job in (("error", "errors"), ("anomaly_score", "scores")):
        known = view.background.known(job)
        if known is not None:
            columns[name] = known[chosen]
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return content.getvalue()
