"""How the page's questions are answered: errors of one line, files, arrays, jobs under way."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import numpy as np
from fastapi import Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from numpy.typing import NDArray

from isthmus.errors import IsthmusError
from isthmus.explorer.background import Job

__all__ = ["Finite", "Index", "OneLine", "array", "png", "under_way", "wav"]

#: Numbers and places as the page may send them.
Finite = Annotated[float, Query(allow_inf_nan=False)]
Index = Annotated[int, Path(ge=0)]

REFUSED, UNDER_WAY = 422, 202
# Pictures of items never change while the page is open; the number of the version is in no address.
BRIEFLY = {"Cache-Control": "private, max-age=60"}


class OneLine(APIRoute):
    """A route whose errors are ``{"error": one line}``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as error:
                return _refusal(_first(error))
            except IsthmusError as error:
                return _refusal(str(error))

        return guarded


def _refusal(text: str) -> JSONResponse:
    return JSONResponse({"error": " ".join(text.split())}, REFUSED)


def _first(error: RequestValidationError) -> str:
    problem = error.errors()[0]
    where = " ".join(str(part) for part in problem["loc"][1:])
    return f"{where or 'the request'}: {problem['msg'].lower()}."


def png(content: bytes) -> Response:
    """A picture."""
    return Response(content, media_type="image/png", headers=BRIEFLY)


def wav(content: bytes) -> Response:
    """A sound."""
    return Response(content, media_type="audio/wav", headers=BRIEFLY)


def array(*parts: NDArray[Any], **headers: str) -> Response:
    """Arrays behind each other, little-endian, as they lie in memory."""
    content = b"".join(
        np.ascontiguousarray(part, part.dtype.newbyteorder("<")).tobytes() for part in parts
    )
    return Response(content, media_type="application/octet-stream", headers=headers)


def under_way(job: Job) -> JSONResponse:
    """How far a job is."""
    return JSONResponse({"done": round(job.share, 4)}, UNDER_WAY)
