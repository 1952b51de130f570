"""Routes of files that are dropped on the page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from isthmus.errors import BadInput
from isthmus.explorer.answers import Index, png, under_way
from isthmus.explorer.dropped import Dropped
from isthmus.explorer.view import View

__all__ = ["add_dropped"]

LARGEST_FILE = 64 * 2**20


def add_dropped(router: APIRouter, view: View) -> None:
    """Files that are dropped on the page."""
    dropped = Dropped(view)

    @router.post("/dropped")
    async def drop(request: Request, name: Annotated[str, Query(max_length=1000)]) -> Any:
        """Encode a file and place it among the run's items."""
        content = await _body(request)
        number, items, total = await run_in_threadpool(dropped.add, name, content)
        return {
            "number": number,
            "total": total,
            "items": [
                {
                    "place": each.place.tolist(),
                    "code": each.code.tolist(),
                    "neighbours": each.neighbours.tolist(),
                    "places": view.plane.places[each.neighbours].tolist(),
                    "error": each.error,
                    "row": view.looks.row(each.item),
                }
                for each in items
            ],
        }

    @router.get("/dropped/{number}/{index}/picture.png")
    def picture(number: Index, index: Index) -> Response:
        """The item."""
        return png(view.looks.png(dropped.get(number, index).item))

    @router.get("/dropped/{number}/{index}/rebuilt.png")
    def rebuilt(number: Index, index: Index) -> Response:
        """The item after its code."""
        code = dropped.get(number, index).code
        return png(view.looks.png(view.ae.inverse_transform(code[None])[0]))

    @router.get("/dropped/{number}/{index}/score")
    def score(number: Index, index: Index) -> Any:
        """How odd the item is."""
        dropped.get(number, index)
        job = view.detector_job()
        return dropped.score(number, index) if job.ended else under_way(job)


async def _body(request: Request) -> bytes:
    """The file that was sent; raises `BadInput` where it is too large."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST_FILE:
            raise BadInput(f"the file is larger than {LARGEST_FILE >> 20} MiB.")
    if not content:
        raise BadInput("the file is empty.")
    return bytes(content)
