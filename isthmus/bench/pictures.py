"""A contest drawn: error against seconds, and error against code size."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from isthmus.bench.summary import Group, groups, pca_by_size
from isthmus.files import replacing_file
from isthmus.report.chart_file import SERIES, chart_file
from isthmus.report.plot import Axis, Line

__all__ = ["against_seconds", "against_size", "draw"]

ERROR = "test error (mean square per value)"
# A curve of more points is seen without their dots.
MANY_DOTS = 10
_OWN = {"isthmus": "ae", "pca": "pca"}


def draw(runs: Sequence[dict[str, Any]], seconds: Path, size: Path) -> list[Path]:
    """Write both pictures, the second where there are several code sizes; returns their paths."""
    drawn = {seconds: against_seconds(runs), size: against_size(runs)}
    for path, text in drawn.items():
        if text:
            with replacing_file(path) as temporary:
                temporary.write_text(text, encoding="utf-8")
    return [path for path, text in drawn.items() if text]


def against_seconds(runs: Sequence[dict[str, Any]]) -> str:
    """Error against seconds at the largest code size, PCA a level line; "" without runs.

    A rival that plans has a point for each time it was given, the others one for each epoch.
    """
    found = _largest(groups(runs))
    if not found:
        return ""
    kinds = _kinds(found)
    curves = [
        (name, [place for group in members for place in group.curve()])
        for name, members in _by_rival(found)
        if name != "pca"
    ]
    lines = []
    for name, places in curves:
        x, y = zip(*places, strict=True)
        lines.append(Line(_named(name, found), kinds[name], x, y, dots=len(x) < MANY_DOTS))
    pca = pca_by_size(runs)
    if pca:
        ends = [seconds for _, places in curves for seconds, _ in places]
        ends += [group.seconds() for group in found if group.rival == "pca"]
        level = pca[max(pca)]
        lines.append(Line(f"PCA, {max(pca)} numbers", "pca", [min(ends), max(ends)], [level] * 2))
    alt = "Test error of each rival against the seconds of its training"
    return chart_file(lines, Axis("seconds", log=True), Axis(ERROR, log=True), alt)


def against_size(runs: Sequence[dict[str, Any]]) -> str:
    """Error against code size at the longest training of each; "" where there is but one size."""
    found = groups(runs)
    if not found:
        return ""
    kinds = _kinds(found)
    lines = []
    for name, members in _by_rival(found):
        longest = max((group.planned or 0.0) for group in members)
        last = [group for group in members if (group.planned or 0.0) == longest]
        places = sorted(place for group in last for place in group.by_code_size())
        x, y = zip(*places, strict=True)
        lines.append(Line(name, kinds[name], [float(k) for k in x], y, dots=True))
    if len({k for line in lines for k in line.x}) < 2:
        return ""
    alt = "Test error of each rival against the numbers in its code"
    axis = Axis("numbers in the code", log=True, whole=True)
    return chart_file(lines, axis, Axis(ERROR, log=True), alt)


def _largest(found: Sequence[Group]) -> list[Group]:
    """Of each rival the groups with its longest code."""
    return [
        group
        for _, members in _by_rival(found)
        for group in members
        if group.n_components == max(member.n_components for member in members)
    ]


def _by_rival(found: Sequence[Group]) -> list[tuple[str, list[Group]]]:
    """Groups by rival, in the order in which they first came."""
    order = list(dict.fromkeys(group.rival for group in found))
    ranked = sorted(found, key=lambda group: order.index(group.rival))
    return [(name, list(members)) for name, members in groupby(ranked, lambda group: group.rival)]


def _kinds(found: Sequence[Group]) -> dict[str, str]:
    """A CSS class for each rival: colours in turn, then dashed."""
    others = [name for name, _ in _by_rival(found) if name not in _OWN]
    return _OWN | {
        name: f"series{i % SERIES}" + (" dashed" if i >= SERIES else "")
        for i, name in enumerate(others)
    }


def _named(name: str, found: Sequence[Group]) -> str:
    sizes = {group.n_components for group in found if group.rival == name}
    return f"{name}, {max(sizes)} numbers"
