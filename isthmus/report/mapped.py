"""The map of ``isthmus map``, beside other maps of the same codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from isthmus.report.maps import classes_of, flat_map, legend
from isthmus.report.markup import Section, figure, paragraph, table
from isthmus.report.study import Study
from isthmus.report.text import count
from isthmus.uses.words import MAPS

__all__ = ["mapped_section"]


def mapped_section(study: Study) -> Section:
    """All maps that were made, coloured by label, and what each keeps."""
    record = study.uses["map"]
    shown = record["shown"]
    labels = None if shown["labels"] is None else np.array(shown["labels"], str)
    n = len(next(iter(shown["places"].values())))
    classes = classes_of(labels, n)
    maps = [
        flat_map(np.array(places)[:, :2], classes, MAPS[way], _text(way, record[way]))
        for way, places in shown["places"].items()
    ]
    lead = paragraph(
        f"{count(n)} of {count(record['n_items'])} items. The map places new items and "
        "decodes any place; the command 'isthmus explore' shows it."
    )
    body = f'{lead}{legend(classes)}<div class="pair maps">{"".join(maps)}</div>{_table(record)}'
    return Section("map", "The map", body)


def _text(way: str, figures: Mapping[str, Any]) -> str:
    return f"Neighbours tell {_told(figures)} of test labels." if _told(figures) else ""


def _told(figures: Mapping[str, Any]) -> str:
    """In tenths of a percent, as maps differ by less than one."""
    return "" if figures["told"] is None else f"{100 * figures['told']:.1f} %"


def _table(record: Mapping[str, Any]) -> str:
    lines = [
        [
            MAPS[way],
            *(f"{record[way][key]:.3f}" for key in ("trustworthiness", "continuity", "distances")),
            _told(record[way]),
        ]
        for way in record["shown"]["places"]
    ]
    head = ("map of the codes", "trustworthiness", "continuity", "distances", "labels told")
    text = (
        "Trustworthiness: whether neighbours on the map are neighbours among codes; continuity: "
        "the other way round; distances: their rank correlation. Labels told: of test items, by "
        "the five nearest training items on the map."
    )
    return figure(table(head, lines, "maps"), text)
