"""The files of the page, and plotly's JavaScript from its package."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, PlainTextResponse

from isthmus.errors import BadFile, MissingExtra

__all__ = ["colours_css", "page_router", "plotly_path"]

KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
#: What the page may load: itself. Plotly sets the styles of what it draws, and writes the programs
#: that draw points with WebGL while it runs, hence 'unsafe-eval'; nothing of users gets there.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_SETS = re.compile(
    r":root \{(?P<light>.*?)\}\s*@media \(prefers-color-scheme: dark\) \{\s*"
    r":root \{(?P<dark>.*?)\}\s*\}",
    re.DOTALL,
)


def page_router() -> APIRouter:
    """The page at ``/``, its files under ``/page/`` and ``/plotly.js``.

    Raises
    ------
    MissingExtra
        If plotly is not installed.
    """
    router = APIRouter(include_in_schema=False)
    page, plotly = Path(str(files("isthmus.explorer") / "page")), plotly_path()
    # Read once: nothing but these files can be asked for.
    known = {path.name: path for path in page.iterdir() if path.suffix in KINDS}

    @router.get("/")
    def index() -> Response:
        return FileResponse(known["index.html"], headers=HEADERS | {"Cache-Control": "no-cache"})

    @router.get("/page/colours.css")
    def colours() -> Response:
        return PlainTextResponse(colours_css(), media_type="text/css")

    @router.get("/page/{name}")
    def file(name: str) -> Response:
        if name not in known:
            return PlainTextResponse("no such file", 404)
        kind = KINDS[known[name].suffix]
        return FileResponse(known[name], media_type=kind, headers={"Cache-Control": "no-cache"})

    @router.get("/plotly.js")
    def plotly_js() -> Response:
        return FileResponse(plotly, media_type=KINDS[".js"])

    return router


def plotly_path() -> Path:
    """Where plotly's JavaScript lies in its Python package."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise MissingExtra("the page draws with plotly: pip install 'isthmus[explore]'.")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    if not path.is_file():
        raise BadFile(f"{path} is missing; install plotly anew.")
    return path


def colours_css() -> str:
    """The report's colours, which here a button can turn as well as the system."""
    report = (files("isthmus.report") / "chart.css").read_text(encoding="utf-8")
    found = _SETS.search(report)
    if found is None:
        raise BadFile("isthmus/report/chart.css has no light and dark colours.")
    light, dark = found["light"], found["dark"]
    return (
        f":root {{{light}}}\n"
        f"@media (prefers-color-scheme: dark) {{\n:root {{{dark}}}\n}}\n"
        f":root[data-theme=light] {{{light} color-scheme: light; }}\n"
        f":root[data-theme=dark] {{{dark} color-scheme: dark; }}\n"
    )
