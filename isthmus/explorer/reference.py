"""What the server answers, to read in a browser: OpenAPI as HTML, with no script from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isthmus.explorer.payloads import JSON
from isthmus.report.markup import asset, escape, paragraph, table

__all__ = ["POLICY", "reference"]

#: What a browser may load for this page: nothing but the styles in it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# The report's tables are of numbers, these are of words.
STYLE = "td, th { text-align: left !important; white-space: normal !important }"


def reference(openapi: Mapping[str, Any]) -> str:
    """A page of an OpenAPI description, all its text escaped."""
    info = openapi["info"]
    parts = [paragraph(text) for text in info["description"].split("\n\n")]
    for path, methods in openapi["paths"].items():
        parts += [_section(method, path, described) for method, described in methods.items()]
    styles = asset("chart.css") + asset("style.css") + STYLE
    title = f"{escape(info['title'])} {escape(info['version'])}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{styles}</style></head>"
        f'<body><main><h1>{title}</h1>{"".join(parts)}<p>For programs: <a href="openapi.json">'
        "openapi.json</a></p></main></body></html>"
    )


def _section(method: str, path: str, described: Mapping[str, Any]) -> str:
    answers = described["responses"]
    bodies = (("Takes", described.get("requestBody", {})), ("Gives", answers.get("200", {})))
    lines = [
        f"<p>{word} <code>{escape(_forms(body))}</code></p>"
        for word, body in bodies
        if _forms(body)
    ]
    refusals = [(status, to["description"]) for status, to in answers.items() if status != "200"]
    listed = table(("status", "when"), refusals, path) if refusals else ""
    return (
        f"<section><h2>{escape(method.upper())} {escape(path)}</h2>"
        f"{paragraph(described.get('summary', ''))}{''.join(lines)}{listed}</section>"
    )


def _forms(described: Mapping[str, Any]) -> str:
    """The forms of a body in words: ``{"items": [...]}``, or their types."""
    content = dict(described.get("content", {}))
    names = content.pop(JSON, {}).get("schema", {}).get("properties", {})
    shown = ", ".join(f'"{name}": {_sample(kind)}' for name, kind in names.items())
    return " or ".join([*([f"{{{shown}}}"] if shown else []), *content])


def _sample(schema: Mapping[str, Any]) -> str:
    return "[...]" if schema.get("type") == "array" else '"..."'
