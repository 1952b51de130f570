"""Kinds of items that were found without labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from isthmus.report.markup import Section, figure, note, paragraph, table
from isthmus.report.members import EACH, grid, name_at, picture_row, pictures
from isthmus.report.pictures import image
from isthmus.report.study import Study
from isthmus.report.text import count, percent, shortened, signed
from isthmus.uses.words import stability_text

__all__ = ["kinds_section"]

# Kinds shown one by one, and columns named of each.
MOST, COLUMNS = 24, 4
# Labels named of each, of so large a share at least.
LABELS, LEAST_SHARE = 3, 0.02


def kinds_section(study: Study) -> Section:
    """Of each kind what its mean code decodes to, its most typical members and its oddest."""
    record = study.uses["clusters"]
    kinds = record["kinds"]
    said = stability_text(len(kinds), record["stability"])
    asked = "as many as were asked for" if record["asked"] else "nobody said how many there are"
    none = f" {count(record['n_none'])} items are of none." if record["n_none"] else ""
    agree = record["v_measure"]
    labels = (
        "" if agree is None else f" Their agreement with the labels is {agree:.3f} (V-measure)."
    )
    lead = paragraph(f"{said}; {asked}.{none} No label was used.{labels}")
    shown = (_pictures if study.pictures else _rows)(study, record)
    rest = note(f"The {MOST} largest of {count(len(kinds))} kinds.") if len(kinds) > MOST else ""
    return Section("kinds", "Kinds", lead + shown + rest)


def _title(i: int, kind: Mapping[str, Any], n_items: int) -> str:
    size = f"Kind {i}: {count(kind['size'])} items, {percent(kind['size'] / n_items)}"
    shares = [
        f"{shortened(label)} {percent(n / kind['size'])}"
        for label, n in list(kind["labels"].items())[:LABELS]
        if label and n / kind["size"] >= LEAST_SHARE
    ]
    return f"{size}; labelled {', '.join(shares)}" if shares else size


def _pictures(study: Study, record: Mapping[str, Any]) -> str:
    kinds = record["kinds"][:MOST]
    means = study.ae.inverse_transform(np.array([kind["mean_code"] for kind in kinds]))
    figures = []
    for i, (kind, mean) in enumerate(zip(kinds, means, strict=True)):
        middle = image(study.window.show(mean), f"decoded mean code of kind {i}")
        typical, oddest = (kind[side]["places"][: EACH - 1] for side in ("typical", "oddest"))
        gap = '<span class="gap"></span>'
        rows = [
            picture_row("mean, typical", middle + pictures(study, typical), 1 + len(typical)),
            picture_row("oddest", gap + pictures(study, oddest), 1 + len(oddest)),
        ]
        title = _title(i, kind, record["n_items"])
        figures.append(figure(grid(rows), "", "items", title))
    text = (
        "First what the mean of a kind's codes decodes to, then the members nearest to it, and "
        "below those whose nearest items are farthest away."
    )
    return note(text) + "".join(figures)


def _rows(study: Study, record: Mapping[str, Any]) -> str:
    """For tables: the columns in which a kind's mean differs most from that of all."""
    kinds = record["kinds"][:MOST]
    means = study.ae.inverse_transform(np.array([kind["mean_code"] for kind in kinds]))
    scale, offset = study.ae.scaling_.scale, study.ae.scaling_.offset
    lines = []
    for i, (kind, mean) in enumerate(zip(kinds, means, strict=True)):
        apart = (mean - offset) / scale
        order = np.argsort(-np.abs(apart), kind="stable")[:COLUMNS]
        marks = ", ".join(f"{shortened(study.columns[j], 24)} {signed(mean[j])}" for j in order)
        typical = name_at(study, kind["typical"]["places"][0])
        odd = kind["oddest"]["places"]
        lines.append(
            [
                f"Kind {i}",
                count(kind["size"]),
                percent(kind["size"] / record["n_items"]),
                typical,
                name_at(study, odd[0]) if odd else "",
                marks,
            ]
        )
    head = ("kind", "items", "share", "most typical", "oddest", "what marks it")
    text = (
        "What marks a kind: the columns in which what its mean code decodes to lies farthest from "
        "the middle of all, in their own units."
    )
    return figure(table(head, lines, "kinds"), text)
