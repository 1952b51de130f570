"""Damaged items mended by a trained model, pictures of any size by overlapping tiles."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from isthmus.codes import Code, Draws
from isthmus.corruptions import Corruption
from isthmus.errors import BadSetting
from isthmus.model import Model
from isthmus.settings import Interval
from isthmus.training.task import chance

__all__ = ["chance_of", "in_tiles", "mend", "rebuild"]

# Pixels on a side of a picture that goes through a network in one piece.
LARGEST_PIECE = 512
DRAWING = 6


def chance_of(draw: int | None, code: Code) -> torch.Generator | None:
    """The source of chance of a sample by its number; None of the best answer.

    Raises
    ------
    BadSetting
        If a sample is asked for, and the code slot has no chance.
    """
    if draw is None:
        return None
    Interval(int, 0).check("restore", "draw", draw)
    if not isinstance(code, Draws):
        raise BadSetting(
            f"draw={draw}, and code {code.name!r} gives one answer only; fit with code='draws' and "
            "loss='spread' for samples, as --restore terrain does."
        )
    return chance(draw, DRAWING)


def mend(
    model: Model,
    damaged: Tensor,
    corruption: Corruption,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Scaled items restored; hidden values come as NaN.

    Parameters
    ----------
    model : Model
    damaged : Tensor, shape (n, *item)
        Pictures may be of any size where the network has no short code.
    corruption : Corruption
    generator : torch.Generator or None
        Draws a sample, where the code is `Draws`; None gives the best answer.
    """
    return rebuild(model, corruption.seen(damaged), corruption, generator)


def rebuild(
    model: Model,
    seen: Tensor,
    corruption: Corruption,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Scaled items from what is seen of them, shape (n, *seen) to (n, *item)."""

    # What a network begins at may look at the whole picture; the rest sees only so far.
    code = model.encode(seen)
    drawn = generator is not None and isinstance(model.code, Draws)
    message = model.code.draw(code, generator) if drawn else model.code.message(code)
    if model.tiling is None or max(seen.shape[1:3]) <= LARGEST_PIECE:
        return corruption.agree(model.decoder(message), seen)
    return corruption.agree(in_tiles(model.decoder, message, *model.tiling, LARGEST_PIECE), seen)


def in_tiles(
    apply: Callable[[Tensor], Tensor],
    pictures: Tensor,
    multiple: int,
    reach: int,
    side: int,
) -> Tensor:
    """Pictures to pictures, a tile at a time, as if they had gone through whole.

    Each tile is seen with a border as wide as the network reaches, which is then cut off, so that
    there are no seams.

    Parameters
    ----------
    apply : callable
        (n, h, w, channels) -> (n, h, w, channels), for any h and w.
    pictures : Tensor, shape (n, H, W, channels)
    multiple : int
        Of whose multiples all tiles begin at: the network's grids do.
    reach : int
        Pixels beyond which nothing touches an output pixel.
    side : int
        Of a tile without its border, in pixels.
    """
    border = -(-reach // multiple) * multiple
    side = -(-side // multiple) * multiple
    height, width = pictures.shape[1:3]
    rows = []
    for top in range(0, height, side):
        row = []
        for left in range(0, width, side):
            above, before = min(border, top), min(border, left)
            tile = pictures[
                :, top - above : top + side + border, left - before : left + side + border
            ]
            done = apply(tile)
            row.append(done[:, above : above + side, before : before + side])
        rows.append(torch.cat(row, dim=2))
    return torch.cat(rows, dim=1)
