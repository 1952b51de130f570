"""Routes of codes."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from isthmus.errors import BadInput
from isthmus.explorer.answers import Finite, png, wav
from isthmus.explorer.summary import code_ranges
from isthmus.explorer.view import View
from isthmus.uses.generation import straight

__all__ = ["add_codes"]

STEPS, MOST_STEPS = 9, 33
WAYS = ("code", "pixels")


class Code(BaseModel):
    """A code, or the first numbers of one."""

    model_config = ConfigDict(extra="forbid")

    code: list[FiniteFloat] = Field(min_length=1)


def add_codes(router: APIRouter, view: View) -> None:
    """What codes give, and what places and ways of the map do."""

    @router.get("/decode")
    def decode(x: Finite, y: Finite) -> Response:
        """What lies at a place of the map: a PNG file, or the values of a row."""
        return _shown(view, view.decode([[x, y]])[0])

    @router.get("/decode.wav")
    def decode_sound(x: Finite, y: Finite) -> Response:
        """The same to listen to."""
        return wav(view.looks.wav(view.decode([[x, y]])[0]))

    @router.get("/code")
    def code_at(x: Finite, y: Finite) -> dict[str, Any]:
        """The code at a place of the map."""
        return {"code": view.plane.codes_at(np.array([[x, y]], np.float32))[0].tolist()}

    @router.get("/ranges")
    def ranges() -> list[dict[str, float]]:
        """Between what ends the first numbers of the codes lie."""
        return code_ranges(view)

    @router.post("/decode")
    def decode_code(body: Code) -> Response:
        """What a code gives: a PNG file, or the values of a row; ``X-Place`` is where it lies."""
        codes = _codes(view, body)
        answer = _shown(view, view.ae.inverse_transform(codes)[0])
        whole = np.pad(codes, ((0, 0), (0, view.ae.n_components_ - codes.shape[1])))
        x, y = view.plane.places_of(whole)[0].tolist()
        answer.headers["X-Place"] = f"{x:.6g},{y:.6g}"
        return answer

    @router.get("/path")
    def path(
        first: Annotated[int, Query(ge=0)],
        last: Annotated[int, Query(ge=0)],
        steps: Annotated[int, Query(ge=2, le=MOST_STEPS)] = STEPS,
    ) -> dict[str, Any]:
        """The way from one item to another in code: its places, and of rows its values."""
        codes, items = _way(view, first, last, steps)
        decoded = view.ae.inverse_transform(codes)
        return {
            "places": view.plane.places_of(codes).tolist(),
            "rows": {
                "code": [view.looks.row(item) for item in decoded],
                "pixels": [view.looks.row(item) for item in items],
            },
        }

    @router.get("/path/{how}.png")
    def path_strip(
        how: str,
        first: Annotated[int, Query(ge=0)],
        last: Annotated[int, Query(ge=0)],
        steps: Annotated[int, Query(ge=2, le=MOST_STEPS)] = STEPS,
    ) -> Response:
        """The way as pictures beside each other: ``how`` is code or pixels."""
        if how not in WAYS:
            raise BadInput(f"a way is in code or in pixels, not in {how!r}.")
        codes, items = _way(view, first, last, steps)
        shown = view.ae.inverse_transform(codes) if how == "code" else items
        return png(view.looks.strip(shown))


def _codes(view: View, body: Code) -> NDArray[np.float32]:
    k = view.ae.n_components_
    if len(body.code) > k or (len(body.code) < k and not view.ae.ordered):
        raise BadInput(f"the code has {len(body.code)} numbers; this run's have {k}.")
    return np.array([body.code], np.float32)


def _shown(view: View, item: NDArray[Any]) -> Response:
    if view.is_table:
        return JSONResponse({"row": view.looks.row(item)})
    return png(view.looks.png(item))


def _way(view: View, first: int, last: int, steps: int) -> tuple[Any, Any]:
    """Even steps between two items: codes, and the items blended."""
    view.known(max(first, last))
    one, other = view.own.codes[[first, last]].astype(np.float64)
    codes = straight(one, other, steps).astype(np.float32)
    ends = view.items([first, last]).astype(np.float64)
    blended = straight(ends[0].reshape(-1), ends[1].reshape(-1), steps)
    return codes, blended.reshape(steps, *ends.shape[1:])
