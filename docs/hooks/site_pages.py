"""Pages that no list names: the API's, and whatever lies in docs/ and is not in the navigation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from public_names import api_page, public_names
from site_checks import loaded_from_elsewhere

__all__ = ["named_in", "unnamed"]

REFERENCE, FURTHER, LIST = "Reference", "Further", "api/index.md"

TYPES = re.compile(r"\(<code>\((.*?)\)</code>", re.DOTALL)


def on_config(config: Any) -> Any:
    """Complete the navigation; pages that nobody placed come last but one."""
    unplaced = unnamed(config.nav, Path(config.docs_dir))
    if unplaced:
        config.nav.insert(len(config.nav) - 1, {FURTHER: unplaced})
    reference = next(part[REFERENCE] for part in config.nav if REFERENCE in part)
    reference.append({"Python": [LIST, *(f"api/{name}.md" for name in public_names())]})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add a page for each public name."""
    for name, home in public_names().items():
        files.append(File.generated(config, f"api/{name}.md", content=api_page(name, home)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Leave the first page its whole width."""
    if page.is_homepage:
        page.meta["hide"] = ["navigation", "toc"]
    return markdown


def on_page_content(html: str, **_: Any) -> str:
    """Docstrings as HTML, without what is written for other readers of them."""
    # The colons of reStructuredText before a drawing, and a list of types taken for a tuple.
    html = html.replace("<p>::</p>", "")
    return TYPES.sub(r"(<code>\1</code>", html)


def on_post_build(config: Any) -> None:
    """Refuse a site that loads anything from elsewhere."""
    found = loaded_from_elsewhere(Path(config.site_dir))
    if found:
        raise PluginError("the site loads from elsewhere: " + "; ".join(found))


def unnamed(nav: Any, docs: Path) -> list[str]:
    """Pages at the top of docs/ that the navigation does not name."""
    return sorted({path.name for path in docs.glob("*.md")} - set(named_in(nav)))


def named_in(nav: Any) -> list[str]:
    """All pages that a navigation names, however deep."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [page for part in parts for page in named_in(part)]
