"""Labels that were given to some items, learnt for all."""

from __future__ import annotations

from isthmus.report.markup import Section, figure, note, paragraph, table
from isthmus.report.members import grid, name_at, picture_row, pictures
from isthmus.report.study import Study
from isthmus.report.text import count
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
    return Section("classes", "Classes from a few labels", lead + shown + _following(study))


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
