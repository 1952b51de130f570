"""What markers in pages become while the site is built.

A marker is a remark of its own line, such as ``<!-- settings code ordered -->``; a figure that is
some constant of the code says so behind it, ``0.001<!-- = isthmus.training.judge.LUCK -->``.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from command_pages import command_list
from example_pages import example_list
from preset_pages import preset_list
from public_names import name_list
from setting_tables import choice_list, searched_table, setting_table

__all__ = ["as_written", "expanded", "links_inside", "wrong_constants"]

log = logging.getLogger("mkdocs.hooks.markers")

ROOT = Path(__file__).parent.parent.parent
MARKER = re.compile(r"^<!-- (\w+)((?: [^\n]+)?) -->$", re.MULTILINE)
CONSTANT = re.compile(r"(?P<written>`[^`\n]+`|[^\s(]+)<!-- = (?P<name>[\w.]+) -->")
LINK = re.compile(r"\]\((\.\./[^)#]+)")
#: Files beside docs/ that have a page.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Expand the markers of a page; a figure that is not the code's is a warning."""
    for wrong in wrong_constants(markdown):
        log.warning("%s: %s", page.file.src_uri, wrong)
    here = Path(config.docs_dir) / Path(page.file.src_uri).parent
    return links_inside(expanded(markdown), here, config.extra["repository"])


def expanded(markdown: str) -> str:
    """A page with what its markers stand for."""

    def made(found: re.Match[str]) -> str:
        make = MAKERS.get(found[1])
        return found[0] if make is None else make(*found[2].split())

    return MARKER.sub(made, markdown)


def wrong_constants(markdown: str) -> list[str]:
    """Figures that differ from the constants which they say they are."""
    wrong = []
    for found in CONSTANT.finditer(markdown):
        module, _, name = found["name"].rpartition(".")
        value = as_written(getattr(importlib.import_module(module), name))
        if found["written"].strip("`").replace(",", "") != value.replace(",", ""):
            wrong.append(f"{found['name']} is {value}, and {found['written']} is written")
    return wrong


def as_written(value: Any) -> str:
    """A constant as a page writes it: 0.25, or 1, 0.7, 0.5."""
    if isinstance(value, tuple | list):
        return ", ".join(map(as_written, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def links_inside(markdown: str, here: Path, repository: str) -> str:
    """Links to files beside docs/ lead to their page, or to where the repository shows them."""

    def led(found: re.Match[str]) -> str:
        target = (here / found[1]).resolve()
        if (ROOT / "docs") in target.parents or not target.exists():
            return found[0]
        name = target.relative_to(ROOT).as_posix()
        if name in PAGES:
            up = "../" * len(here.resolve().relative_to(ROOT / "docs").parts)
            return f"]({up}{PAGES[name]}"
        return f"]({repository}/blob/main/{name}"

    return LINK.sub(led, markdown)


def included(name: str) -> str:
    """A file beside docs/; its links begin where it lies."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return text.replace("](docs/", "](")


def some_rows(name: str, *first: str) -> str:
    """Rows of a table of the benchmarks, by the beginning of their first cell; all of them if none.

    Words of one beginning are joined by ``_``.
    """
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- table {name} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    if found is None:
        log.warning("there is no table %r in the benchmarks", name)
        return ""
    head, line, *rows = [row for row in found[1].splitlines() if row.startswith("|")]
    wanted = tuple("| " + each.replace("_", " ") for each in first)
    kept = [row for row in rows if row.startswith(wanted)] if wanted else rows
    if len(kept) < len(wanted):
        log.warning("the table %r lacks some of the rows %s", name, ", ".join(first))
    return "\n".join([head, line, *kept])


MAKERS: Mapping[str, Callable[..., str]] = {
    "choices": choice_list,
    "commands": command_list,
    "examples": partial(example_list, ROOT / "examples"),
    "include": included,
    "names": name_list,
    "presets": preset_list,
    "rows": some_rows,
    "searched": searched_table,
    "settings": setting_table,
}
