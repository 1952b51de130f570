"""What the data are: where they came from, how many, of what shape, and some to look at."""

from __future__ import annotations

from collections import Counter

import numpy as np

from isthmus.data import Skipped
from isthmus.data.rows import drawn
from isthmus.report.lists import most_had
from isthmus.report.markup import Section, details, escape, figure, note
from isthmus.report.pictures import image
from isthmus.report.study import Study
from isthmus.report.tables import column_table
from isthmus.report.text import TIMES, count, shape_text, shortened

__all__ = ["data_section"]

SIDES = ("height", "width", "channels")
SHEET = 48
SHEET_SIDE = 64
LABELS = 24
SKIPPED = 50
LONGEST_NAME = 16


def data_section(study: Study) -> Section:
    """The section, whatever the kind of data."""
    skipped = tuple(dict.fromkeys((*study.train.skipped, *study.test.skipped)))
    parts = [_facts(study), _labels(study), _skipped(skipped)]
    shown = most_had if study.recommends else column_table
    if study.pictures:
        parts.append(_sheet(study))
    if not study.pictures or study.parts is not None:
        parts.append(shown(study))
    return Section("data", "The data", "".join(parts))


def _facts(study: Study) -> str:
    shape, dtype = study.train.items.shape[1:], study.train.items.dtype
    sides = f" ({f' {TIMES} '.join(SIDES[: len(shape)])})" if len(shape) > 1 else ""
    what = {
        "Source": study.train.source or study.train.name,
        f"{study.noun.capitalize()}s": f"{count(study.n_train)} to learn from, "
        f"{count(len(study.test))} to test",
        f"One {study.noun}": _one(study) or f"{shape_text(shape)} {dtype.name} values{sides}",
        "Scaled to": study.unit,
    }
    spectrum = study.train.spectrum
    if spectrum is not None:
        step = 1000 * spectrum.hop / spectrum.rate
        what["Pictures"] = (
            f"{spectrum.seconds:.3g} s of sound at {count(spectrum.rate)} Hz, {step:.3g} ms a "
            "column; high bands on top, white is loud"
        )
    if study.ae.search_steps:
        what["Codes"] = f"the encoder's, after {study.ae.search_steps} steps of search"
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in what.items())
    return f'<dl class="facts">{rows}</dl>'


def _one(study: Study) -> str:
    """What a picture with numbers is."""
    if study.parts is None:
        return ""
    return f"{shape_text(study.parts.picture)} pixels and {count(len(study.columns))} numbers"


def _labels(study: Study) -> str:
    if study.train.labels is None:
        return "" if study.recommends else note("The items have no labels.")
    tested = Counter([] if study.test.labels is None else study.test.labels.tolist())
    learnt = Counter(study.train.labels.tolist())
    if study.test_is_part:
        learnt.subtract(tested)
    ranked = sorted(learnt, key=lambda name: (-learnt[name], name))
    most = max(1, learnt[ranked[0]])
    width = min(LONGEST_NAME, max(len(name) for name in ranked))
    shown = sorted(ranked[:LABELS])
    bars = "".join(
        f'<li><span class="name" title="{escape(name)}">{escape(shortened(name) or "no label")}'
        f'</span><span class="bar"><i style="width:{100 * learnt[name] / most:.1f}%"></i></span>'
        f'<span class="n">{count(learnt[name])} + {count(tested[name])}</span></li>'
        for name in shown
    )
    rest = len(ranked) - len(shown)
    more = f" The {LABELS} largest of {count(len(ranked))} are shown." if rest else ""
    return figure(
        f'<ul class="labels" style="--name:{width}ch">{bars}</ul>',
        f"Items of each label, training + test. Labels were not used in the fit.{more}",
        title=f"{count(len(ranked))} labels",
    )


def _skipped(skipped: tuple[Skipped, ...]) -> str:
    if not skipped:
        return ""
    lines = "".join(
        f"<li><code>{escape(shortened(item.path, 80))}</code>: {escape(item.reason)}</li>"
        for item in skipped[:SKIPPED]
    )
    rest = len(skipped) - SKIPPED
    more = note(f"and {count(rest)} more.") if rest > 0 else ""
    files = "1 file was" if len(skipped) == 1 else f"{count(len(skipped))} files were"
    return details(f"{files} left out", f"<ul>{lines}</ul>{more}")


def _sheet(study: Study) -> str:
    """A contact sheet."""
    indices = drawn(len(study.train), SHEET, study.seed)
    labels = study.train.labels
    tiles = []
    for index in indices:
        label = "" if labels is None else str(labels[index])
        name = f"{study.train.ids[index]}{f' ({label})' if label else ''}"
        pixels = study.window.show(np.asarray(study.train.items[index]))
        tiles.append(image(pixels, name, longest=SHEET_SIDE))
    text = f"{count(len(tiles))} pictures drawn at random."
    window = study.window.text(study.train.items.dtype)
    return figure(f'<div class="sheet">{"".join(tiles)}</div>', f"{text} {window}".strip())
