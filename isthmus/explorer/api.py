"""What the page asks of a run: everything under ``/api/``."""

from __future__ import annotations

from fastapi import APIRouter

from isthmus.explorer.answers import OneLine
from isthmus.explorer.colouring import Colourings
from isthmus.explorer.routes.codes import add_codes
from isthmus.explorer.routes.dropped import add_dropped
from isthmus.explorer.routes.items import add_items
from isthmus.explorer.routes.map import add_map
from isthmus.explorer.routes.selection import add_selection
from isthmus.explorer.view import View

__all__ = ["api_router"]


def api_router(view: View) -> APIRouter:
    """The routes of a run's page.

    Errors are ``{"error": one line}`` with status 422; what is computed in the background answers
    202 and ``{"done": share}`` until it is there. Arrays are little-endian, behind each other.

    Parameters
    ----------
    view : View
    """
    router = APIRouter(prefix="/api", route_class=OneLine, tags=["page"])
    colourings = Colourings(view)
    add_map(router, view, colourings)
    add_items(router, view)
    add_codes(router, view)
    add_selection(router, view, colourings)
    add_dropped(router, view)
    return router
