"""Routes of the map."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from isthmus.errors import BadInput
from isthmus.explorer.answers import Finite, array, under_way
from isthmus.explorer.background import Job
from isthmus.explorer.colouring import Colourings
from isthmus.explorer.points import Box, Points
from isthmus.explorer.summary import summary
from isthmus.explorer.view import View

__all__ = ["add_map"]

# Points drawn at once, and cells of a picture of their density.
MOST_POINTS, LONGEST_SIDE = 250_000, 1024


def add_map(router: APIRouter, view: View, colourings: Colourings) -> None:
    """The map: its points, and their colours."""
    points = Points(view.plane.places)

    @router.get("/run")
    def run() -> dict[str, Any]:
        """What the run is, and all there is to colour by."""
        return summary(view, colourings.listed())

    @router.get("/points")
    def drawn_points(
        x0: Finite | None = None,
        x1: Finite | None = None,
        y0: Finite | None = None,
        y1: Finite | None = None,
        most: Annotated[int, Query(ge=1, le=MOST_POINTS)] = MOST_POINTS,
    ) -> Response:
        """Numbers (uint32, m) and places (float32, m x 2) of points, all or of a window.

        The header ``X-Total`` says how many there are.
        """
        which, places, total = points.within(_box(x0, x1, y0, y1), most)
        return array(which, places, **{"X-Total": str(total)})

    @router.get("/density")
    def density(
        x0: Finite,
        x1: Finite,
        y0: Finite,
        y1: Finite,
        width: Annotated[int, Query(ge=1, le=LONGEST_SIDE)],
        height: Annotated[int, Query(ge=1, le=LONGEST_SIDE)],
    ) -> Response:
        """How dense the points of a window lie (uint8, height x width), by logarithms."""
        return array(points.density(Box(x0, x1, y0, y1), width, height))

    @router.get("/colour/{key}")
    def legend(key: str) -> Any:
        """What the colours of something mean."""
        found = colourings.find(key)
        return under_way(found) if isinstance(found, Job) else found.legend()

    @router.get("/colour/{key}/values")
    def values(key: str) -> Response:
        """Of each item its word (uint16, n, 65535 is none) or number (float32, n, NaN is none)."""
        found = colourings.find(key)
        return under_way(found) if isinstance(found, Job) else array(found.of)


def _box(*ends: float | None) -> Box | None:
    given = [end for end in ends if end is not None]
    if not given:
        return None
    if len(given) < len(ends):
        raise BadInput("give all four of x0, x1, y0 and y1, or none.")
    return Box(*given)
