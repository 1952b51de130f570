"""Labels that were given to some items, learnt for all."""

from __future__ import annotations

import numpy as np

from isthmus.report.markup import Section, figure, note, paragraph, table
from isthmus.report.members import grid, name_at, picture_row, pictures
from isthmus.report.pictures import image
from isthmus.report.study import Study
from isthmus.report.text import count, percent
from isthmus.uses.words import judgement_text

__all__ = ["classes_section"]

MOST = 24


def classes_section(study: Study) -> Section:
    """What the labels are worth, the surest and the least sure items of each class, what to ask."""
    record = study.uses["classes"]
    lead = paragraph(
        f"{count(record['n_labelled'])} of {count(record['n_items'])} items came with a label. "
        f"{judgement_text(record)}"
    )
    if record["numbers"]:
        return Section("classes", "Values from a few", lead)
    shown = (_pictures if study.pictures else _rows)(study)
    return Section(
        "classes", "Classes from a few labels", lead + shown + _borders(study) + _following(study)
    )


def _pictures(study: Study) -> str:
    classes = study.uses["classes"]["classes"]
    figures = []
    for kind in classes[:MOST]:
        rows = [
            picture_row(side, pictures(study, kind[side]), len(kind[side]))
            for side in ("surest", "unsure")
        ]
        title = f"{kind['name']}: {count(kind['given'])} labels, told of {count(kind['told'])}"
        figures.append(figure(grid(rows), "", "items", title))
    text = (
        "Of each class the items without a label that are surest to be of it, and the least sure."
    )
    rest = f" The first {MOST} of {count(len(classes))} classes." if len(classes) > MOST else ""
    return note(text + rest) + "".join(figures)


def _rows(study: Study) -> str:
    lines = [
        [
            kind["name"],
            count(kind["given"]),
            count(kind["told"]),
            *(name_at(study, kind[side][0]) if kind[side] else "" for side in ("surest", "unsure")),
        ]
        for kind in study.uses["classes"]["classes"]
    ]
    head = ("class", "labels", "items told", "surest without label", "least sure")
    return figure(table(head, lines, "classes"), "Classes, by their labels and by what was told.")


def _borders(study: Study) -> str:
    """Pictures on the way from one class to another, by what the codes between them decode to."""
    found = study.uses["classes"]["borders"]
    if not found or not study.pictures:
        return ""
    rows = []
    for way in found:
        decoded = study.ae.inverse_transform(np.array(way["codes"]))
        tiles = [
            image(study.window.show(item), " / ".join(percent(share) for share in shares))
            for item, shares in zip(decoded, way["shares"], strict=True)
        ]
        rows.append(picture_row(" to ".join(way["names"]), "".join(tiles), len(tiles)))
    text = (
        "The codes on the line from the surest item of one class to that of the class nearest to "
        "it, decoded. In the middle lies the border, where the other becomes likelier; hovering "
        "says how likely each is."
    )
    return figure(grid(rows), text, "items", "Where one class becomes another")


def _following(study: Study) -> str:
    places = study.uses["classes"]["next"]["places"]
    if not places:
        return ""
    title, text = "To label next", "Items whose labels would tell most, the best first."
    if study.pictures:
        return figure(
            grid([picture_row("next", pictures(study, places), len(places))]), text, "items", title
        )
    names = "; ".join(name_at(study, place) for place in places)
    return figure(paragraph(names), text, title=title)
