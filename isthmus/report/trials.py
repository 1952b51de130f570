"""The search for settings: its trials, what mattered, and what the best ones are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from isthmus.report.markup import Section, escape, figure, legend, note, paragraph, table
from isthmus.report.plot import Axis, Line, Mark, line_chart
from isthmus.report.study import Study
from isthmus.report.text import count, duration, number, percent, signed
from isthmus.uses.words import UNITS, tuning_text

__all__ = ["trials_section"]

# Values farther above the upper quartile than so many times the middle half is wide would leave no
# room for the others (Tukey, "Exploratory data analysis", 1977).
FAR = 1.5
# Letters of a setting's name that fit beside its bar.
LONGEST = 30

Trial = Mapping[str, Any]


def trials_section(study: Study) -> Section:
    """Every trial's value beside the best so far, the importances, and the settings."""
    record = study.uses["tuning"]
    took = sum(trial["seconds"] or 0.0 for trial in record["trials"])
    lead = paragraph(
        f"{tuning_text(record)}. The trials took {duration(took)}. Settings were chosen by items "
        "held out of the training data, which the best of many trials fits a little too well; no "
        "test item was looked at for it."
    )
    body = f'{lead}<div class="pair">{_history(record)}{_importances(record)}</div>'
    return Section("trials", "Search for settings", body + _settings(record))


def _history(record: Mapping[str, Any]) -> str:
    known = [trial for trial in record["trials"] if trial["value"] is not None]
    if not known:
        return note("No trial came to a value.")
    ended = [trial for trial in known if not trial["pruned"]]
    default = [trial for trial in known if trial["default"]]
    top = _top(ended or known, default)
    first, last = (float(known[end]["number"]) for end in (0, -1))
    lines = [
        Line("the default", "held", [first, last], [default[0]["value"]] * 2) if default else None,
        _dots("ended early", "early", [trial for trial in known if trial["pruned"]], top),
        _dots("trial", "trial", [trial for trial in ended if not trial["default"]], top),
        _best_so_far(ended, last),
    ]
    drawn = [line for line in lines if line is not None and line.x]
    chart = line_chart(
        # The default's dot lies on top.
        [*drawn, _dots("the default", "held", default, top)] if default else drawn,
        Axis("trial", whole=True),
        Axis(UNITS[record["unit"]]),
        f"Value of each trial; the best is trial {record['best']}",
        [Mark(f"best: trial {record['best']}", record["best"])],
    )
    above = sum(trial["value"] > top for trial in known)
    edge = f" {count(above)} lie above {signed(top)} and are drawn there." if above else ""
    keys = legend((line.kind, line.name) for line in reversed(drawn))
    return figure(
        keys + chart,
        "The lower the better. Trials worse than half of the others at the same part of their fit "
        f"were ended there.{edge}",
        title="Trials",
    )


def _top(trials: Sequence[Trial], default: Sequence[Trial]) -> float:
    """The largest value that is drawn where it is; the default always is."""
    values = [trial["value"] for trial in trials]
    low, high = np.quantile(values, [0.25, 0.75])
    inside = [value for value in values if value <= high + FAR * (high - low)]
    return float(max(inside + [trial["value"] for trial in default]))


def _dots(name: str, kind: str, trials: Sequence[Trial], top: float) -> Line:
    x, y = [float(each["number"]) for each in trials], [min(each["value"], top) for each in trials]
    return Line(name, kind, x, y, dots=True, joined=False)


def _best_so_far(ended: Sequence[Trial], last: float) -> Line:
    """Steps down, at the trials that made them."""
    values = list(accumulate((trial["value"] for trial in ended), min))
    x, y = [], []
    for trial, before, now in zip(ended, [None, *values], values, strict=False):
        if before is not None and now < before:
            x.append(float(trial["number"]))
            y.append(before)
        if now != before:
            x.append(float(trial["number"]))
            y.append(now)
    if values:
        x.append(last)
        y.append(values[-1])
    return Line("best so far", "ae", x, y)


def _importances(record: Mapping[str, Any]) -> str:
    shares = record["importances"]
    if not shares:
        return note(
            "Too few trials came to their end, or all were alike: what mattered cannot be said."
        )
    largest = max(shares.values()) or 1.0
    width = min(LONGEST, max(len(_short(name)) for name in shares))
    bars = "".join(
        f'<li><span class="name" title="{escape(name)}">{escape(_short(name))}</span>'
        f'<span class="bar"><i style="width:{100 * share / largest:.1f}%"></i></span>'
        f'<span class="n">{percent(share)}</span></li>'
        for name, share in shares.items()
    )
    n = sum(not trial["pruned"] for trial in record["trials"])
    return figure(
        f'<ul class="labels shares" style="--name:{width}ch">{bars}</ul>',
        f"How much of the differences between the {count(n)} trials that came to their end each "
        "setting explains (fANOVA). With few trials these are rough.",
        title="What mattered",
    )


def _settings(record: Mapping[str, Any]) -> str:
    trials = {trial["number"]: trial for trial in record["trials"]}
    best, before = trials[record["best"]]["values"], record["before"]
    shares = record["importances"]
    rows = [
        [name, _told(before[name]), _told(best[name])] + ([percent(shares[name])] if shares else [])
        for name in sorted(before, key=lambda name: -shares.get(name, 0.0))
    ]
    head = ("setting", "default", "best", "importance")[: len(rows[0])]
    text = (
        "The run is fitted with the best; other settings are as they were. A default that was left "
        "open is what the data make it."
    )
    return figure(table(head, rows, "settings"), text, title="Settings")


def _short(name: str) -> str:
    """The last words of a setting's name: that of the slot is in the table."""
    return name.rsplit("__", 1)[-1].replace("_", " ")


def _told(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)
