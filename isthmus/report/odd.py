"""The test items that are least like those that were fitted."""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import NDArray

from isthmus.data.rows import drawn
from isthmus.report.markup import Section, escape, figure, note, paragraph, table
from isthmus.report.pictures import image, sequential_picture
from isthmus.report.study import Study
from isthmus.report.text import count, shortened, signed
from isthmus.uses.anomalies import AnomalyDetector

__all__ = ["odd_section"]

EACH = 8
FEWEST = 20
# Distances are measured to so many fitted items, and to fewer whose many values are compared one by
# one, as those of wide rows are: of more it would take minutes.
FITTED, FEWEST_FITTED, VALUES = 4000, 500, 2**20
REASONS = 3


def odd_section(study: Study) -> Section:
    """The test items that lie farthest from those fitted, and why."""
    title = "The oddest"
    if len(study.coded) < FEWEST:
        return Section("odd", title, note(f"Fewer than {FEWEST} test items: none is called odd."))
    halves = study.coded[::2], study.coded[1::2]
    # Each half says how usual the scores of the other are.
    detectors = [_detector(study, half) for half in halves[::-1]]
    nats = [
        -detector.score_samples(study.test.items[half])
        for detector, half in zip(detectors, halves, strict=True)
    ]
    by_half = [np.argsort(-scores, kind="stable")[: EACH // 2] for scores in nats]
    tiles = [
        (int(half[i]), float(scores[i]), detector)
        for half, scores, detector, first in zip(halves, nats, detectors, by_half, strict=True)
        for i in first
    ]
    tiles.sort(key=lambda tile: -tile[1])
    lead = paragraph(
        f"Of {count(len(study.coded))} test items those least like the items fitted, by their "
        "distance from the nearest of these and by how badly they come back. A score is minus the "
        "logarithm of a chance, summed over four measures; isthmus score gives it for any item."
    )
    return Section("odd", title, lead + (_pictures if study.pictures else _rows)(study, tiles))


Tile = tuple[int, float, AnomalyDetector]


def _detector(study: Study, calibrating: NDArray[np.intp]) -> AnomalyDetector:
    # Codes by search would take a hundred times as long, and these need not rebuild best.
    ae = copy(study.ae).set_params(search_steps=0)
    fitted = study.train.subset(_some_fitted(study)).items
    return AnomalyDetector.of(ae, fitted, np.asarray(study.test.items[calibrating]))


def _some_fitted(study: Study) -> NDArray[np.intp]:
    """Places of items that were fitted."""
    width = study.ae.n_components_ if study.pictures else study.ae.n_features_in_
    most = min(FITTED, max(FEWEST_FITTED, VALUES // width))
    if not study.test_is_part:
        return drawn(len(study.train), most, study.seed)
    # Ids of all items would not fit in memory where there are very many.
    places = drawn(len(study.train), most + len(study.test), study.seed)
    held_out = set(study.test.ids.tolist())
    names = study.train.ids[places].tolist()
    own = [place for place, name in zip(places, names, strict=True) if name not in held_out]
    return np.array(own, np.intp)[drawn(len(own), most, study.seed)]


def _pictures(study: Study, tiles: list[Tile]) -> str:
    cells = []
    for index, score, detector in tiles:
        item = np.asarray(study.test.items[index])
        values = study.picture_of(detector.contributions(item[None])[0])
        values = values.sum(-1) if values.ndim == 3 else values
        where = sequential_picture(values, 0.0, float(values.max()) or 1.0)
        name = study.name(index)
        cells.append(
            f"<div>{image(study.window.show(item), name)}{image(where, f'error of {name}')}"
            f'<p class="id">{escape(study.short_name(index))}<br>{score:.1f} nats</p></div>'
        )
    text = "Below each picture: where it came back badly, dark for little and bright for much."
    return figure(f'<div class="odd">{"".join(cells)}</div>', text, "items")


def _rows(study: Study, tiles: list[Tile]) -> str:
    lines = []
    for index, score, detector in tiles:
        item = np.asarray(study.test.items[index], np.float64)
        order = np.argsort(-detector.contributions(item[None])[0], kind="stable")[:REASONS]
        why = ", ".join(f"{shortened(study.columns[i], 24)} {signed(item[i])}" for i in order)
        lines.append([shortened(study.name(index)), f"{score:.1f}", why])
    head = ("row", "nats", "columns that differ most from the nearest rows fitted")
    return figure(table(head, lines, "the oddest rows"), "Test rows, the oddest first.")
