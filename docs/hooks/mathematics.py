"""Formulas as MathML, made while the site is built.

Browsers draw MathML by themselves, so there is no script. A font with the shapes of mathematics
is on most machines; for the others the one that the package ziamath brings lies beside the pages,
which keep the ``$...$`` that GitHub draws too.
"""

from __future__ import annotations

import logging
import re
from html import unescape
from importlib.resources import files as package_files
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File

__all__ = ["formulas"]

log = logging.getLogger("mkdocs.hooks.mathematics")

# What pymdownx.arithmatex leaves of `$..$` and of `$$..$$`.
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">'
    r"\\(?P<kind>[(\[])(?P<latex>.*?)\\[)\]]</(?P=tag)>",
    re.DOTALL,
)


# What the converter knows by another name, sets too close, or makes as high as the line.
OTHER_WORDS = (
    (re.compile(r"\\(log|cos)(?![a-z_])(?!\s*(?:\\left|\())"), r"\\\1\\,"),
    (re.compile(r"(?<=[\w)}])\s*\\(log|cos)(?![a-z])"), r"\\,\\\1"),
    (re.compile(r"\\(begin|end)\{aligned\}"), r"\\\1{split}"),
    (re.compile(r"(?<!\\left)\\l([vV])ert"), r"\\left\\l\1ert"),
    (re.compile(r"(?<!\\right)\\r([vV])ert"), r"\\right\\r\1ert"),
)
# What is left of a command or an environment that it does not know.
UNKNOWN = ("\\", "<mi>&</mi>")
FONT = "STIXTwoMath-Regular.ttf"


def on_files(files: Any, config: Any) -> Any:
    """Add the font."""
    font = str(package_files("ziamath") / "fonts" / FONT)
    files.append(File.generated(config, f"assets/{FONT}", abs_src_path=font))
    return files


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Replace the formulas of a page; an unknown command is a warning, which ends the build."""
    return formulas(html, page.file.src_uri)


def formulas(html: str, where: str) -> str:
    """A page's HTML with its formulas drawn."""

    def drawn(found: re.Match[str]) -> str:
        latex = unescape(found["latex"]).strip()
        display = "inline" if found["kind"] == "(" else "block"
        for pattern, other in OTHER_WORDS:
            latex = pattern.sub(other, latex)
        mathml = convert(latex, display=display)
        if any(part in mathml for part in UNKNOWN):
            log.warning("%s: a formula has a command that is not known: %s", where, latex)
        # A formula that is wider than a phone scrolls by itself.
        return mathml if display == "inline" else f'<div class="formula">{mathml}</div>'

    return FORMULA.sub(drawn, html)
