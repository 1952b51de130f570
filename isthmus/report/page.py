"""One page, one file: everything about a fit, readable anywhere and without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset
from isthmus.errors import BadInput
from isthmus.files import replacing_file
from isthmus.report.blends import blend_section
from isthmus.report.classes import classes_section
from isthmus.report.codes import code_section
from isthmus.report.contents import data_section
from isthmus.report.curves import code_size_section, training_section
from isthmus.report.drawn_items import drawn_section
from isthmus.report.headline import headline, title
from isthmus.report.items import items_section
from isthmus.report.kinds import kinds_section
from isthmus.report.layers import layer_section
from isthmus.report.lists import lists_section
from isthmus.report.mapped import mapped_section
from isthmus.report.maps import map_section
from isthmus.report.markup import Section, asset, escape
from isthmus.report.odd import odd_section
from isthmus.report.part_table import parts_section
from isthmus.report.rates import compresses, rate_section
from isthmus.report.reproduce import reproduce_section
from isthmus.report.study import Study
from isthmus.report.trials import trials_section
from isthmus.uses.evaluation import Rival

__all__ = ["SECTIONS", "write_report"]

#: The parts of the page in their order.
SECTIONS: tuple[Callable[[Study], Section], ...] = (
    data_section,
    training_section,
    items_section,
    odd_section,
    code_size_section,
    map_section,
    code_section,
    layer_section,
    blend_section,
    drawn_section,
    reproduce_section,
)

#: Those of a network that restores: there is no code to speak of.
RESTORING: tuple[Callable[[Study], Section], ...] = (
    data_section,
    training_section,
    items_section,
    reproduce_section,
)

#: Those of a code that is rounded to be written to files.
COMPRESSING: tuple[Callable[[Study], Section], ...] = (
    data_section,
    training_section,
    rate_section,
    items_section,
    map_section,
    reproduce_section,
)

#: Those of a network that recommends: what comes out is no item, but a rank of each.
RECOMMENDING: tuple[Callable[[Study], Section], ...] = (
    data_section,
    lists_section,
    training_section,
    reproduce_section,
)

#: Those of uses of the code, where there are any.
USES: dict[str, Callable[[Study], Section]] = {
    "clusters": kinds_section,
    "classes": classes_section,
    "map": mapped_section,
}

# The page may load nothing: what it shows is in it.
_POLICY = (
    "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'"
)
WIDEST, TALLEST = 2.0, 0.5


def write_report(
    path: Path,
    ae: Autoencoder,
    train: Dataset,
    test: Dataset,
    rival: Rival | None,
    metrics: Mapping[str, Any],
    *,
    seed: int = 0,
    uses: Mapping[str, Any] | None = None,
) -> None:
    """Write the report of a fit: one HTML file that needs nothing else.

    Parameters
    ----------
    path : Path
        The file to write; it is replaced as a whole.
    ae : Autoencoder
        Fitted.
    train, test : Dataset
        What it was fitted to (or all data, where ``test`` was held out of it), and what it is
        judged by (at least one item).
    rival : PrincipalComponents or PCARestorer
        PCA of the scaled training rows, as `isthmus.uses.evaluation.rival_of` gives it: on every
        figure. None where items are recommended.
    metrics : mapping
        The content of ``metrics.json``.
    seed : int, default=0
        Chooses the items shown and starts the maps. The same seed gives the same file.
    uses : mapping or None
        What uses of the code found, by their names: `isthmus.runs.uses.found_in`; and where items
        are recommended the ``recommender``.

    Raises
    ------
    BadInput
        If there are no test items.
    CannotWrite
        If the file cannot be written.

    Examples
    --------
    >>> write_report(run / "report.html", ae, data, data.test, rival, metrics)  # doctest: +SKIP
    """
    if len(test) == 0:
        raise BadInput(f"{test.name}: 0 test items; a report needs at least 1.")
    html = _page(Study(ae, train, test, rival, metrics, seed, uses or {}))
    with replacing_file(Path(path)) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")


def _page(study: Study) -> str:
    sections = [section(study) for section in _with_search(study, _sections(study))]
    links = "".join(f'<li><a href="#{s.key}">{escape(s.title)}</a></li>' for s in sections)
    body = "".join(section.html() for section in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title(study))}</title>"
        f"<style>{asset('chart.css')}{asset('style.css')}</style></head>\n"
        f'<body style="--ratio:{_ratio(study)}"><main>{headline(study)}'
        f'<nav aria-label="Contents"><ol>{links}</ol></nav>{body}</main>\n'
        f"<script>{asset('cloud.js')}</script></body></html>\n"
    )


def _sections(study: Study) -> tuple[Callable[[Study], Section], ...]:
    if study.recommends:
        return RECOMMENDING
    if not study.ae.has_code:
        return RESTORING
    if compresses(study) and study.pictures:
        return COMPRESSING
    first, last = SECTIONS[:-1], SECTIONS[-1]
    if study.parts is not None:
        place = first.index(items_section)
        first = (*first[:place], parts_section, *first[place:])
    return (*first, *(section for use, section in USES.items() if use in study.uses), last)


def _with_search(
    study: Study, sections: tuple[Callable[[Study], Section], ...]
) -> tuple[Callable[[Study], Section], ...]:
    """The search for settings behind the training, where there was one."""
    if "tuning" not in study.uses:
        return sections
    place = sections.index(training_section) + 1
    return (*sections[:place], trials_section, *sections[place:])


def _ratio(study: Study) -> float:
    """Width by height of every picture's frame; very long pictures are fitted into it."""
    if not study.pictures:
        return 1.0
    height, width = study.picture_shape[:2]
    return round(float(np.clip(width / height, TALLEST, WIDEST)), 3)
