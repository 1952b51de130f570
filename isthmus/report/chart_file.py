"""A chart as a file of its own: the page's curves and colours, with its legend inside."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.report.markup import asset, escape
from isthmus.report.plot import HEIGHT, WIDTH, Axis, Line, chart_content

__all__ = ["SERIES", "chart_file"]

#: How many colours ``series0`` .. the style sheet has beside those of the autoencoder and PCA.
SERIES = 5
COLUMNS, ROW, KEY = 2, 18, 26
FONT = 'svg { font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }'


def chart_file(lines: Sequence[Line], x: Axis, y: Axis, alt: str) -> str:
    """The SVG text of a chart with its legend below; it follows the reader's light or dark.

    Parameters
    ----------
    lines : sequence of Line
        At least one, each with at least one point.
    x, y : Axis
    alt : str
        What it shows, in one sentence.
    """
    height = HEIGHT + 10 + ROW * -(-len(lines) // COLUMNS)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(alt)}</title><style>{FONT}\n{asset('chart.css')}</style>"
        f"{chart_content(lines, x, y)}{_legend(lines)}</svg>\n"
    )


def _legend(lines: Sequence[Line]) -> str:
    parts = []
    for i, line in enumerate(lines):
        left = (i % COLUMNS) * WIDTH // COLUMNS + 4
        middle = HEIGHT + 8 + ROW * (i // COLUMNS)
        parts.append(
            f'<path class="line {line.kind}" d="M{left} {middle}h{KEY}"/>'
            f'<text x="{left + KEY + 8}" y="{middle + 4}">{escape(line.name)}</text>'
        )
    return "".join(parts)
