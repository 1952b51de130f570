"""Items before and after: the typical, the best and the worst, by the autoencoder and by PCA."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isthmus.report.listen import players
from isthmus.report.markup import Section, escape, figure, paragraph
from isthmus.report.pictures import difference, diverging_picture, image, painted, scale_bar
from isthmus.report.study import Shown, Study
from isthmus.report.tables import column_errors, item_table
from isthmus.report.text import MINUS, count, number, percent

__all__ = ["items_section", "ranked"]

EACH = 6
# Errors nearer to each other than this share are called equal.
LEVEL = 0.005


def items_section(study: Study) -> Section:
    """Pictures, or for tables the errors by column."""
    groups = ranked(study)
    lead = paragraph(_score(study))
    if not study.pictures:
        return Section(
            "items", "What came back", lead + column_errors(study) + item_table(study, groups)
        )
    looks = {name: study.look(indices) for name, indices in groups.items()}
    limit = _limit(study, looks)
    parts = [
        lead,
        scale_bar("diverging", -limit, limit, f"restored {MINUS} original, {study.unit}"),
    ]
    parts += [_group(study, name, shown, limit) for name, shown in looks.items()]
    parts.append(players(study, next(iter(looks.values()))))
    if study.parts is not None:
        parts.append(column_errors(study))
    return Section("items", "What came back", "".join(parts))


def ranked(study: Study) -> dict[str, NDArray[np.intp]]:
    """Test items of median, smallest and largest error; none twice, fewer where there are few."""
    order = study.judged[np.argsort(study.errors, kind="stable")]
    n = len(order)
    each = max(1, min(EACH, n // 3))
    start = (n - each) // 2
    middle = order[start : start + each]
    best = [i for i in order[:each] if i not in middle]
    worst = [i for i in order[::-1][:each] if i not in middle and i not in best]
    groups = {"Typical": middle, "Best": np.array(best), "Worst": np.array(worst)}
    return {name: indices for name, indices in groups.items() if len(indices)}


def _score(study: Study) -> str:
    n, total = len(study.judged), len(study.test)
    some = f"{count(n)} test items" if n == total else f"{count(n)} of {count(total)} test items"
    ratio = study.errors / np.maximum(study.pca_errors, 1e-300)
    nearer, farther = float(np.mean(ratio < 1 - LEVEL)), float(np.mean(ratio > 1 + LEVEL))
    compared = "Both are equally near to the original on all of them."
    if nearer or farther:
        compared = (
            f"The autoencoder is nearer to the original than PCA on {percent(nearer)} of them and "
            f"farther on {percent(farther)}."
        )
    return (
        f"On {some} the median error is {number(float(np.median(study.errors)))} "
        f"({study.unit}, mean squared {study.per_value}); PCA's is "
        f"{number(float(np.median(study.pca_errors)))}. {compared}"
    )


def _limit(study: Study, looks: dict[str, Shown]) -> float:
    """The difference, in scaled units, at which colours are darkest: the same for all pictures."""
    gaps = [
        np.abs(difference(*map(study.picture_of, (restored, item)))).ravel()
        for shown in looks.values()
        for both in (shown.restored, shown.pca_restored)
        for restored, item in zip(both, shown.items, strict=True)
    ]
    return float(np.nanpercentile(np.concatenate(gaps), 99.5)) / study.pixel_scale or 1.0


def _group(study: Study, name: str, shown: Shown, limit: float) -> str:
    """One grid of pictures: a row for each stage, a column for each item."""
    rows = [_row("original", "", [study.name(i) for i in shown.indices], study, shown.items)]
    if shown.given is not shown.items:
        names = [f"{study.name(i)} as given" for i in shown.indices]
        rows.append(_row("given", "", names, study, shown.given, shown.hidden))
    for who, kind, restored, errors in (
        ("autoencoder", "ae", shown.restored, shown.errors),
        ("PCA", "pca", shown.pca_restored, shown.pca_errors),
    ):
        names = [
            f"{study.name(i)} by {who}, error {number(float(e))}"
            for i, e in zip(shown.indices, errors, strict=True)
        ]
        rows.append(_row(who, kind, names, study, restored))
        rows.append(_differences(study, who, shown, restored, errors, limit))
    heads = "".join(f'<span class="id">{escape(study.short_name(i))}</span>' for i in shown.indices)
    grid = f'<div class="stages" style="--n:{EACH}"><span></span>{_fill(heads, shown)}'
    text = {
        "Typical": "Test items round the median error.",
        "Best": "The test items with the smallest errors.",
        "Worst": "The test items with the largest errors.",
    }[name]
    body = f"{grid}{''.join(rows)}</div>"
    return figure(
        body, f"{text} Below each difference: the item's error ({study.unit}).", "items", name
    )


def _fill(cells: str, shown: Shown) -> str:
    """Cells of one row, filled up where there are fewer items than columns."""
    return cells + '<span class="gap"></span>' * (EACH - len(shown.indices))


def _row(
    who: str,
    kind: str,
    names: list[str],
    study: Study,
    items: NDArray[np.floating],
    hidden: NDArray[np.bool_] | None = None,
) -> str:
    pictures = [study.window.show(item) for item in items]
    if hidden is not None:
        pictures = [painted(*both) for both in zip(pictures, hidden, strict=True)]
    cells = "".join(image(*both) for both in zip(pictures, names, strict=True))
    gaps = '<span class="gap"></span>' * (EACH - len(names))
    return f'<span class="who {kind}">{escape(who)}</span>{cells}{gaps}'


def _differences(
    study: Study,
    who: str,
    shown: Shown,
    restored: NDArray[np.floating],
    errors: NDArray[np.floating],
    limit: float,
) -> str:
    cells = []
    for index, item, back, error in zip(shown.indices, shown.items, restored, errors, strict=True):
        gap = difference(*map(study.picture_of, (back, item))) / study.pixel_scale
        pixels = diverging_picture(np.nan_to_num(gap), limit)
        alt = f"difference of {who} at {study.name(index)}"
        picture = image(pixels, alt, kind="signed")
        cells.append(f'<span class="cell">{picture}<b>{number(float(error))}</b></span>')
    return f'<span class="who sub">difference</span>{_fill("".join(cells), shown)}'
