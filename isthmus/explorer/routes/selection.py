"""Routes of what is chosen with the lasso."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from isthmus.errors import BadInput
from isthmus.explorer.background import Job
from isthmus.explorer.colouring import Colourings
from isthmus.explorer.selection import csv_of, inside, shares_of, typical_of
from isthmus.explorer.view import View

__all__ = ["add_selection"]

LONGEST_LINE, MOST_ITEMS = 2000, 100_000
TYPICAL = 8


class Chosen(BaseModel):
    """Some items: those inside a line that was drawn on the map, or by their numbers."""

    model_config = ConfigDict(extra="forbid")

    polygon: list[tuple[FiniteFloat, FiniteFloat]] | None = Field(
        None, min_length=3, max_length=LONGEST_LINE
    )
    items: list[Annotated[int, Field(ge=0)]] | None = Field(
        None, min_length=1, max_length=MOST_ITEMS
    )

    def of(self, view: View) -> NDArray[np.intp]:
        """Which they are; raises `BadInput` where they are none."""
        if (self.polygon is None) == (self.items is None):
            raise BadInput("choose items by a polygon or by their numbers, one of the two.")
        if self.items is not None:
            chosen = np.unique(np.asarray(self.items, np.intp))
            if chosen[-1] >= len(view):
                raise BadInput(
                    f"there are {len(view)} items, and {chosen[-1]} is no number of one."
                )
            return chosen
        chosen = inside(self.polygon, view.plane.places)
        if not len(chosen):
            raise BadInput("no item lies inside this line.")
        return chosen


class Labelling(Chosen):
    """A label for some items; an empty one takes theirs away."""

    label: str


def add_selection(router: APIRouter, view: View, colourings: Colourings) -> None:
    """Some of the items: what they are, a table of them, a label for them."""

    @router.post("/selection")
    def selection(chosen: Chosen, by: Annotated[str, Query()] = "split") -> Any:
        """What the chosen items are: how many, the typical ones, and what they share."""
        which, found = chosen.of(view), colourings.find(by)
        return {
            "n": len(which),
            "typical": typical_of(view.own.codes, which, TYPICAL).tolist(),
            "items": which[:MOST_ITEMS].tolist() if chosen.items else None,
            "shares": None if isinstance(found, Job) else shares_of(found, which),
        }

    @router.post("/csv")
    def csv(chosen: Chosen) -> Response:
        """The chosen items as a table."""
        return Response(csv_of(view, chosen.of(view)), media_type="text/csv; charset=utf-8")

    @router.post("/labels")
    def label(labelling: Labelling) -> dict[str, Any]:
        """Give the chosen items a label; it is kept in the run's folder."""
        saved = view.given.save(labelling.of(view), labelling.label)
        return {"n": saved.n_saved, "twins": saved.n_twins, "path": str(view.given.path)}
