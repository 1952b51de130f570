"""What a built site loads: it should be read without a network, and tell nobody who reads it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

__all__ = ["loaded_from_elsewhere"]

# What a browser fetches by itself, and which attribute says from where. A link is not fetched.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
IN_STYLES = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)")
ONLY_SAID = {"canonical", "prev", "next", "alternate"}


class Fetched(HTMLParser):
    """Collects the addresses of what a page fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") in ONLY_SAID:
            return
        self.addresses.append(given.get(FETCHED.get(tag, "")) or "")


def loaded_from_elsewhere(site: Path) -> list[str]:
    """Pages and styles with the addresses that they fetch from other machines."""
    found = []
    for path in sorted(site.rglob("*.html")):
        page = Fetched()
        page.feed(path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {a}" for a in page.addresses if a.startswith(("http", "//"))]
    for path in sorted(site.rglob("*.css")):
        styles = path.read_text(encoding="utf-8")
        found += [f"{path.name}: {address}" for address in IN_STYLES.findall(styles)]
    return found
