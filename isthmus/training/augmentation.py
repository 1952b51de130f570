"""Random changes of pictures while training, one draw for each picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from isthmus.errors import BadSetting

__all__ = ["AUGMENTATIONS", "augment", "cut"]

# The largest move, as a share of the side: small enough to keep the subject in the picture.
LARGEST_SHIFT = 0.1
SMALLEST_CROP = 0.8


def _flip(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror left and right, half of the pictures."""
    flipped = torch.rand(len(pictures), generator=generator) < 0.5
    return torch.where(flipped.to(pictures.device)[:, None, None, None], pictures.flip(2), pictures)


def _turn(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Each of the eight ways to lay a square, evenly; of the four for other rectangles."""
    down, across, diagonal = torch.rand((3, len(pictures), 1, 1, 1), generator=generator) < 0.5
    turned = torch.where(down.to(pictures.device), pictures.flip(1), pictures)
    turned = torch.where(across.to(pictures.device), turned.flip(2), turned)
    if pictures.shape[1] != pictures.shape[2]:
        return turned
    return torch.where(diagonal.to(pictures.device), turned.transpose(1, 2), turned)


def _shift(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Move by up to a tenth of each side, in whole pixels (no blur), one at least.

    The border is repeated.
    """
    n, *sides = pictures.shape[:3]
    down, across = (_places(side, n, generator).to(pictures.device) for side in sides)
    items = torch.arange(n, device=pictures.device)[:, None, None]
    return pictures[items, down[:, :, None], across[:, None, :]]


def _places(side: int, n: int, generator: torch.Generator) -> Tensor:
    """Which place of one side goes to which after a move, shape (n, side)."""
    largest = max(1, int(LARGEST_SHIFT * side))
    moves = torch.randint(-largest, largest + 1, (n, 1), generator=generator)
    return (torch.arange(side) + moves).clamp(0, side - 1)


def _crop(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Cut out 80 to 100 % of each side at a random place and stretch it back."""
    side = SMALLEST_CROP + (1 - SMALLEST_CROP) * torch.rand(len(pictures), generator=generator)
    room = 1 - side
    down, right = torch.rand((2, len(pictures)), generator=generator) - 0.5
    return _sample(pictures, down * room, right * room, side)


def _sample(pictures: Tensor, down: Tensor, right: Tensor, side: Tensor) -> Tensor:
    """Bilinear view of each picture through a window.

    ``down`` and ``right`` are the window's moves and ``side`` its size, as shares of the picture.
    """
    theta = torch.zeros(len(pictures), 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = side
    # grid_sample measures from -1 to 1: a share of the side is two of its units.
    theta[:, 0, 2] = 2 * right
    theta[:, 1, 2] = 2 * down
    maps = pictures.permute(0, 3, 1, 2)
    grid = torch.nn.functional.affine_grid(
        theta.to(pictures), list(maps.shape), align_corners=False
    )
    seen = torch.nn.functional.grid_sample(
        maps, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    return seen.permute(0, 2, 3, 1)


AUGMENTATIONS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "flip": _flip,
    "turn": _turn,
    "shift": _shift,
    "crop": _crop,
}


def cut(pictures: Tensor, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """A rectangle of each picture at a place of its own, (n, H, W, C) to (n, *shape)."""
    n, *sides = pictures.shape[:3]
    places = [
        torch.randint(side - wanted + 1, (n, 1), generator=generator) + torch.arange(wanted)
        for side, wanted in zip(sides, shape, strict=False)
    ]
    down, across = (place.to(pictures.device) for place in places)
    items = torch.arange(n, device=pictures.device)[:, None, None]
    return pictures[items, down[:, :, None], across[:, None, :]]


def augment(batch: Tensor, names: Sequence[str], generator: torch.Generator) -> Tensor:
    """Apply augmentations in the order named, to pictures of shape (n, H, W, C).

    Raises
    ------
    BadSetting
        If the items are not pictures.
    """
    if names and batch.ndim != 4:
        raise BadSetting(
            f"augment={tuple(names)} needs pictures (n, H, W) or (n, H, W, C); items have shape "
            f"{tuple(batch.shape[1:])}."
        )
    for name in names:
        batch = AUGMENTATIONS[name](batch, generator)
    return batch
