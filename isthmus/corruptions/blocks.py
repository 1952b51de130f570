"""Rectangles cut out of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Hiding, require_pictures
from isthmus.settings import Interval, Range

__all__ = ["Blocks"]


class Blocks(Hiding):
    """Rectangles at random places, hidden; which pixels they are is said.

    Pathak et al., "Context encoders: feature learning by inpainting" (CVPR 2016), section 3.3.

    Parameters
    ----------
    side : float, default=0.1
        Smallest side of a rectangle, as a share of the picture's, in (0, 1].
    side_up_to : float, default=0.4
        Largest side; both sides are drawn evenly.
    count : int, default=2
        Rectangles in a picture; they may overlap.
    """

    name: ClassVar[str] = "blocks"
    ranges: ClassVar[Mapping[str, Range]] = {
        "side": Interval(float, 0.0, 1.0, closed="right"),
        "side_up_to": Interval(float, 0.0, 1.0, closed="right"),
        "count": Interval(int, 1),
    }

    def __init__(self, side: float = 0.1, side_up_to: float = 0.4, count: int = 2):
        self.side = side
        self.side_up_to = side_up_to
        self.count = count

    def hidden(self, clean: Tensor, generator: torch.Generator | None) -> Tensor:
        require_pictures(self, clean)
        n, height, width, _ = clean.shape
        down, across = (self._within(side, n, generator) for side in (height, width))
        return (down.unsqueeze(3) & across.unsqueeze(2)).any(1).unsqueeze(3)

    def _within(self, side: int, n: int, generator: torch.Generator | None) -> Tensor:
        """Which places of one side lie in each rectangle, booleans (n, count, side)."""
        share, place = torch.rand(2, n, self.count, 1, generator=generator)
        share = self.side + (self.side_up_to - self.side) * share
        length = (share * side).round().clamp(1, side)
        # The first place is drawn evenly among those from which the rectangle fits.
        first = (place * (side - length + 1)).floor()
        places = torch.arange(side)
        return (places >= first) & (places < first + length)
