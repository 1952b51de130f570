"""Routes of items."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from isthmus.errors import BadInput
from isthmus.explorer.answers import Index, png, under_way, wav
from isthmus.explorer.summary import item_of
from isthmus.explorer.view import View

__all__ = ["add_items"]


def add_items(router: APIRouter, view: View) -> None:
    """Single items, and what became of them."""

    @router.get("/item/{index}")
    def item(index: Index) -> dict[str, Any]:
        """All that is known of an item."""
        return item_of(view, view.known(index))

    @router.get("/item/{index}/picture.png")
    def picture(index: Index) -> Response:
        """The item."""
        return png(view.looks.png(view.item(view.known(index))))

    @router.get("/item/{index}/rebuilt.png")
    def rebuilt(index: Index, size: int | None = None) -> Response:
        """The item after its code, or the first numbers of it."""
        return png(view.looks.png(view.rebuilt(view.known(index), _size(view, size))))

    @router.get("/item/{index}/pca.png")
    def pca(index: Index, size: int) -> Response:
        """The item after as many numbers of PCA."""
        return png(view.looks.png(view.pca_rebuilt(view.known(index), _size(view, size))))

    @router.get("/item/{index}/sound.wav")
    def sound(index: Index) -> Response:
        """The item, as its picture sounds."""
        return wav(view.looks.wav(view.item(view.known(index))))

    @router.get("/item/{index}/rebuilt.wav")
    def rebuilt_sound(index: Index) -> Response:
        """The item after its code."""
        return wav(view.looks.wav(view.rebuilt(view.known(index))))

    @router.get("/item/{index}/size/{size}")
    def at_size(index: Index, size: int) -> Any:
        """The item's error at a code size, PCA's beside it, and its values where it has some."""
        _size(view, size)
        view.known(index)
        job = view.pca_job()
        if not job.ended:
            return under_way(job)
        mine = view.rebuilt(index, size)
        theirs, own = view.pca_rebuilt(index, size), view.item(index)
        return {
            "mse": view.error_between(mine, own),
            "pca_mse": view.error_between(theirs, own),
            "row": view.looks.row(mine),
            "pca_row": view.looks.row(theirs),
        }


def _size(view: View, size: int | None) -> int:
    """A code size that there is, by default the whole; raises `BadInput` otherwise."""
    k = view.ae.n_components_
    if size is None or size == k:
        return k
    if not 1 <= size <= k or not view.ae.ordered:
        what = f"from 1 to {k}" if view.ae.ordered else f"{k}, as this code is not ordered"
        raise BadInput(f"size is {size}; expected {what}.")
    return size
