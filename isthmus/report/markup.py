"""The few pieces of HTML that every section is made of; all plain text is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

__all__ = [
    "Section",
    "asset",
    "caption",
    "details",
    "escape",
    "figure",
    "legend",
    "note",
    "paragraph",
    "table",
]


@dataclass(frozen=True)
class Section:
    """One numbered part of the page.

    Attributes
    ----------
    key : str
        Its anchor.
    title : str
        Plain text.
    body : str
        HTML.
    """

    key: str
    title: str
    body: str

    def html(self) -> str:
        """The section with its heading."""
        return (
            f'<section id="{self.key}" aria-labelledby="{self.key}-title">'
            f'<h2 id="{self.key}-title">{escape(self.title)}</h2>{self.body}</section>'
        )


def asset(name: str) -> str:
    """A style sheet or script that lies beside this file."""
    return (files("isthmus.report") / name).read_text(encoding="utf-8")


def paragraph(text: str) -> str:
    """Plain text as a paragraph."""
    return f"<p>{escape(text)}</p>"


def note(text: str) -> str:
    """A small remark, or the reason why something is not shown."""
    return f'<p class="note">{escape(text)}</p>'


def caption(text: str) -> str:
    """What a figure shows, plain text."""
    return f"<figcaption>{escape(text)}</figcaption>"


def figure(content: str, text: str, kind: str = "", title: str = "") -> str:
    """A figure with its caption below and, where given, a title above."""
    head = f"<h3>{escape(title)}</h3>" if title else ""
    return f'<figure class="{kind}">{head}{content}{caption(text)}</figure>'


def details(summary: str, body: str) -> str:
    """A part that is folded until asked for."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Names with a sample of their colour: pairs of CSS class and plain text."""
    keys = "".join(
        f'<li><span class="key {kind}"></span>{escape(text)}</li>' for kind, text in entries
    )
    return f'<ul class="legend">{keys}</ul>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> str:
    """A table of plain text; the first column names the row, the others are right-aligned."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return (
        f'<div class="scroll"><table aria-label="{escape(name)}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
