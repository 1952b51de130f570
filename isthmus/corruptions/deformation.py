"""Pictures turned, stretched, moved and bent a little: still of the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from isthmus.corruptions.corruption import Corrupted, Corruption, require_pictures
from isthmus.settings import Interval, Range

__all__ = ["Deformation"]

# A bend is drawn at so many places on a side and is smooth between them.
BENDS = 5


class Deformation(Corruption):
    """Small changes of place: a picture is turned, stretched, leant, moved and bent at random.

    The encoder sees the changed picture and the one before is wanted, so the code learns what
    stays. Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied
    to visual document analysis" (ICDAR 2003). Outside the picture its border goes on.

    Parameters
    ----------
    turn : float, default=18.0
        Largest angle, in degrees, 0..180.
    stretch : float, default=0.2
        Largest logarithm of the factor of each side, at least 0.
    lean : float, default=0.3
        Largest slope of a line that was upright, at least 0.
    move : float, default=0.08
        Largest move, as a share of the side, 0..1.
    bend : float, default=0.03
        Standard deviation of the smooth moves of single places, as a share of the side, at least 0.
    mirror : float, default=0.0
        Share of pictures that are mirrored left to right, 0..1.
    zoom : float, default=0.0
        Largest logarithm of how much nearer a part of the picture comes, at least 0.
    """

    name: ClassVar[str] = "deformation"
    ranges: ClassVar[Mapping[str, Range]] = {
        "turn": Interval(float, 0.0, 180.0),
        "stretch": Interval(float, 0.0),
        "lean": Interval(float, 0.0),
        "move": Interval(float, 0.0, 1.0),
        "bend": Interval(float, 0.0),
        "mirror": Interval(float, 0.0, 1.0),
        "zoom": Interval(float, 0.0),
    }

    def __init__(
        self,
        turn: float = 18.0,
        stretch: float = 0.2,
        lean: float = 0.3,
        move: float = 0.08,
        bend: float = 0.03,
        mirror: float = 0.0,
        zoom: float = 0.0,
    ):
        self.turn = turn
        self.stretch = stretch
        self.lean = lean
        self.move = move
        self.bend = bend
        self.mirror = mirror
        self.zoom = zoom

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        require_pictures(self, clean)
        pictures = clean.permute(0, 3, 1, 2)
        maps = self._maps(len(clean), generator).to(clean)
        places = functional.affine_grid(maps, list(pictures.shape), align_corners=False)
        # Places are measured from -1 to 1: a share of the side is two of that unit.
        bends = 2 * self.bend * torch.randn(len(clean), 2, BENDS, BENDS, generator=generator)
        smooth = functional.interpolate(bends.to(clean), pictures.shape[2:], mode="bicubic")
        places = places + smooth.permute(0, 2, 3, 1)
        seen = functional.grid_sample(pictures, places, padding_mode="border", align_corners=False)
        return Corrupted(seen.permute(0, 2, 3, 1).contiguous(), clean)

    def _maps(self, n: int, generator: torch.Generator | None) -> Tensor:
        """From places of the changed picture to places of the one before, shape (n, 2, 3)."""

        def within(largest: float) -> Tensor:
            return largest * (2 * torch.rand(n, generator=generator) - 1)

        angle = within(self.turn * pi / 180)
        across, down = within(self.stretch).exp(), within(self.stretch).exp()
        lean, right, below = within(self.lean), within(2 * self.move), within(2 * self.move)
        mirrored = torch.rand(n, generator=generator) < self.mirror
        across = torch.where(mirrored, -across, across)
        cosine, sine = angle.cos(), angle.sin()
        rows = [
            torch.stack([cosine * across, cosine * lean - sine * down, right], dim=1),
            torch.stack([sine * across, sine * lean + cosine * down, below], dim=1),
        ]
        maps = torch.stack(rows, dim=1)
        return self._nearer(maps, generator) if self.zoom else maps

    def _nearer(self, maps: Tensor, generator: torch.Generator | None) -> Tensor:
        """The same of a part of the picture, anywhere in it, at the picture's size."""
        side = (-self.zoom * torch.rand(len(maps), 1, generator=generator)).exp()
        middle = (1 - side) * (2 * torch.rand(len(maps), 2, generator=generator) - 1)
        turned, moved = maps[:, :, :2], maps[:, :, 2]
        return torch.cat([side[:, None] * turned, (moved + middle)[:, :, None]], dim=2)
