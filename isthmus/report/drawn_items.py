"""New items, drawn from a density of the codes."""

from __future__ import annotations

import numpy as np

from isthmus.report.markup import Section, figure, note, table
from isthmus.report.pictures import image
from isthmus.report.study import Study
from isthmus.report.text import count, shortened, signed
from isthmus.uses.generation import CodeDensity

__all__ = ["drawn_section"]

PICTURES, ROWS, COLUMNS = 32, 6, 8
FEWEST = 20


def drawn_section(study: Study) -> Section:
    """What codes drawn from the density of the test items' codes decode to."""
    title = "New items"
    if len(study.coded) < FEWEST:
        return Section("new", title, note(f"Fewer than {FEWEST} test items make no density."))
    density = CodeDensity(study.seed).fit(study.codes.astype(np.float64))
    codes = density.sample(PICTURES if study.pictures else ROWS)
    new = study.ae.inverse_transform(codes.astype(study.codes.dtype))
    parts = density.mixture_.n_components
    normal = "a normal distribution" if parts == 1 else f"{parts} normal distributions"
    text = (
        f"Drawn from {normal} fitted to the codes of {count(len(study.coded))} test items, and "
        "decoded: none of these is in the data. isthmus generate draws from all codes."
    )
    if study.pictures:
        tiles = "".join(
            image(study.window.show(item), f"new item {i + 1}") for i, item in enumerate(new)
        )
        return Section("new", title, figure(f'<div class="sheet">{tiles}</div>', text))
    shown = study.columns[:COLUMNS]
    lines = [
        [f"new row {i + 1}", *(signed(float(value)) for value in row[: len(shown)])]
        for i, row in enumerate(new)
    ]
    if len(shown) < len(study.columns):
        text += f" The first {len(shown)} of {count(len(study.columns))} columns."
    head = ("row", *(shortened(name) for name in shown))
    return Section("new", title, figure(table(head, lines, "new rows"), text))
