"""Line charts and scatter plots as inline SVG: their colours come from the style sheet.

So they follow the reader's light or dark page, stay sharp in print and need no library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from isthmus.report.markup import escape
from isthmus.report.text import MINUS, TIMES, number, power_of_ten

__all__ = [
    "HEIGHT",
    "WIDTH",
    "Axis",
    "Line",
    "Mark",
    "chart_content",
    "line_chart",
    "nice_ticks",
]

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 30, 46
TICKS = 5
LEAST_TICKS = 3
# Room for the label of the vertical axis.
LABEL_WIDTH = 150
# Where an axis spans little, these steps within a decade give enough ticks.
_LOG_STEPS: tuple[tuple[float, ...], ...] = (
    (1,),
    (1, 2, 5),
    (1, 1.5, 2, 3, 4, 5, 6, 8),
)


@dataclass(frozen=True)
class Line:
    """A curve: ``kind`` is its CSS class, and every point says its numbers when hovered.

    Points that are not ``joined`` are no curve.
    """

    name: str
    kind: str
    x: Sequence[float]
    y: Sequence[float]
    dots: bool = False
    joined: bool = True


@dataclass(frozen=True)
class Mark:
    """A vertical line with a word."""

    text: str
    x: float


@dataclass(frozen=True)
class Axis:
    """What is measured along one side, with its unit; ``log`` where all values allow it."""

    label: str
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class _Scale:
    """From values to places on the page."""

    low: float
    high: float
    start: float
    stop: float
    log: bool

    def at(self, value: float) -> float:
        low, high = self._measure(self.low), self._measure(self.high)
        share = (self._measure(value) - low) / (high - low)
        return round(self.start + share * (self.stop - self.start), 1)

    def ticks(self) -> list[float]:
        if self.log:
            ticks = _log_ticks(self.low, self.high)
            if len(ticks) >= LEAST_TICKS:
                return ticks
        return nice_ticks(self.low, self.high)

    def _measure(self, value: float) -> float:
        return math.log10(value) if self.log else value


def nice_ticks(low: float, high: float) -> list[float]:
    """Round numbers between two ends, about five.

    >>> nice_ticks(0.0, 23.0)
    [0.0, 5.0, 10.0, 15.0, 20.0]
    """
    raw = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * min((1, 2, 2.5, 5, 10), key=lambda m: abs(m * power - raw))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """The coarsest round numbers of which enough lie between two ends."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in _LOG_STEPS:
        every = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in every if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) >= LEAST_TICKS:
            break
    stride = -(-len(ticks) // 8) or 1
    return ticks[::stride]


def _scale(values: Sequence[float], axis: Axis, start: float, stop: float) -> _Scale:
    """A scale round some values, with a little air."""
    low, high = min(values), max(values)
    log = axis.log and low > 0
    if log:
        if high / low < 1.02:
            low, high = low / 1.1, high * 1.1
        air = (high / low) ** 0.04
        return _Scale(low / air, high * air, start, stop, True)
    if high - low <= 1e-9 * max(abs(high), abs(low)):
        pad = abs(high) * 0.1 or 1.0
        low, high = low - pad, high + pad
    air = 0.04 * (high - low)
    # A quantity that cannot be negative gets no room below zero.
    return _Scale(max(low - air, 0.0) if low >= 0 else low - air, high + air, start, stop, False)


def line_chart(
    lines: Sequence[Line], x: Axis, y: Axis, alt: str, marks: Sequence[Mark] = ()
) -> str:
    """A chart of some curves, as inline SVG."""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}">'
        f"{chart_content(lines, x, y, marks)}</svg>"
    )


def chart_content(lines: Sequence[Line], x: Axis, y: Axis, marks: Sequence[Mark] = ()) -> str:
    """What stands inside the ``svg`` element of a chart, `WIDTH` by `HEIGHT`."""
    all_x = [v for line in lines for v in line.x] + [m.x for m in marks]
    all_y = [v for line in lines for v in line.y]
    across = _scale(all_x, x, LEFT, WIDTH - RIGHT)
    up = _scale(all_y, y, HEIGHT - BOTTOM, TOP)
    parts = [_x_axis(across, x), _y_axis(up, y)]
    parts += [_mark(mark, across) for mark in marks]
    parts += [_curve(line, across, up) for line in lines]
    return "".join(parts)


def _x_axis(scale: _Scale, axis: Axis) -> str:
    base = HEIGHT - BOTTOM
    parts = [f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>']
    ticks = [tick for tick in scale.ticks() if not axis.whole or tick == round(tick)]
    texts, power = _tick_words(ticks, scale.log)
    for tick, words in zip(ticks, texts, strict=True):
        place = scale.at(tick)
        parts.append(f'<line class="axis" x1="{place}" x2="{place}" y1="{base}" y2="{base + 4}"/>')
        parts.append(f'<text x="{place}" y="{base + 18}" text-anchor="middle">{words}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text class="label" x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(axis.label + power)}</text>"
    )
    return "".join(parts)


def _y_axis(scale: _Scale, axis: Axis) -> str:
    parts = []
    ticks = scale.ticks()
    texts, power = _tick_words(ticks, scale.log)
    for tick, words in zip(ticks, texts, strict=True):
        place = scale.at(tick)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{place}" y2="{place}"/>'
            f'<text x="{LEFT - 7}" y="{place + 4}" text-anchor="end">{words}</text>'
        )
    # Above the axis rather than turned beside it: read without tilting one's head.
    parts.append(f'<text class="label" x="0" y="12">{escape(axis.label + power)}</text>')
    return "".join(parts)


def _tick_words(ticks: Sequence[float], log: bool) -> tuple[list[str], str]:
    """Ticks as text, and the power of ten that all must be multiplied with, or nothing.

    On an even axis all have the same number of decimals.
    """
    largest = max((abs(tick) for tick in ticks), default=1.0)
    if log or not ticks or largest == 0:
        return [_tick(tick) for tick in ticks], ""
    power = math.floor(math.log10(largest))
    if -4 < power < 6:
        power = 0
    scaled = [round(tick / 10.0**power, 12) for tick in ticks]
    decimals = max(len(f"{value:.6g}".partition(".")[2]) for value in scaled)
    words = [f"{value:,.{decimals}f}".replace("-", MINUS) for value in scaled]
    return words, f" ({TIMES}{power_of_ten(power)})" if power else ""


def _tick(value: float) -> str:
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        return f"{value:,.6g}".replace("-", MINUS)
    return number(value, 1).replace("-", MINUS)


def _curve(line: Line, across: _Scale, up: _Scale) -> str:
    places = [(across.at(a), up.at(b)) for a, b in zip(line.x, line.y, strict=True)]
    path = "M" + "L".join(f"{a} {b}" for a, b in places)
    curve = f'<path class="line {line.kind}" d="{path}"/>' if line.joined else ""
    # A dot also where there is no line to see.
    seen = line.dots or len(places) == 1
    radius, hidden = (3.2, "") if seen else (5, ' opacity="0"')
    dots = "".join(
        f'<circle class="dot {line.kind}" cx="{a}" cy="{b}" r="{radius}"'
        f"{hidden}>"
        f"<title>{escape(line.name)}: {number(vy)} at {_tick(vx)}</title></circle>"
        for (a, b), vx, vy in zip(places, line.x, line.y, strict=True)
    )
    return curve + dots


def _mark(mark: Mark, across: _Scale) -> str:
    place = across.at(mark.x)
    # Its word stands in the line of the axis label, right of it.
    anchor, left = ("end", place) if place > WIDTH / 2 else ("start", max(place, LABEL_WIDTH))
    line = f'<line class="best" x1="{place}" x2="{place}" y1="{TOP - 12}" y2="{HEIGHT - BOTTOM}"/>'
    words = (
        f'<text class="mark" text-anchor="{anchor}" x="{left}" y="12">{escape(mark.text)}</text>'
    )
    return line + words
