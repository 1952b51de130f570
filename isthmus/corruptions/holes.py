"""Holes of any form and size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from isthmus.corruptions.corruption import Hiding, require_pictures
from isthmus.settings import Interval, Range

__all__ = ["Holes"]

# Places on a side of the coarsest landscape: its hollows are a third of the picture wide.
FEWEST_PLACES = 3


class Holes(Hiding):
    """Where a random landscape lies low, the picture is hidden; where that is, is said.

    The landscape is noise on a grid, from one of a few places to one as fine as ``finest``, so that
    the holes are large and round or small and many.

    Parameters
    ----------
    share : float, default=0.05
        Smallest share of a picture that is hidden, in 0..1.
    share_up_to : float, default=0.5
        Largest share; that of a picture is drawn evenly.
    finest : int, default=1
        Smallest distance of hollows in the landscape, in pixels.
    """

    name: ClassVar[str] = "holes"
    ranges: ClassVar[Mapping[str, Range]] = {
        "share": Interval(float, 0.0, 1.0),
        "share_up_to": Interval(float, 0.0, 1.0),
        "finest": Interval(int, 1),
    }

    def __init__(self, share: float = 0.05, share_up_to: float = 0.5, finest: int = 1):
        self.share = share
        self.share_up_to = share_up_to
        self.finest = finest

    def hidden(self, clean: Tensor, generator: torch.Generator | None) -> Tensor:
        require_pictures(self, clean)
        return torch.stack([self._one(clean.shape[1:3], generator) for _ in clean])

    def _one(self, size: torch.Size, generator: torch.Generator | None) -> Tensor:
        """The holes of one picture, booleans (H, W, 1)."""
        fineness, share = torch.rand(2, generator=generator).tolist()
        share = self.share + (self.share_up_to - self.share) * share
        # Evenly in the logarithm: as often large holes as small ones.
        most = [max(FEWEST_PLACES, side / self.finest) for side in size]
        places = [round(FEWEST_PLACES * (each / FEWEST_PLACES) ** fineness) for each in most]
        grid = torch.randn(1, 1, *places, generator=generator)
        height = functional.interpolate(grid, size=tuple(size), mode="bicubic")[0, 0]
        n_hidden = round(share * height.numel())
        hidden = torch.zeros(height.numel(), dtype=torch.bool)
        hidden[height.flatten().argsort()[:n_hidden]] = True
        return hidden.view(*size, 1)
