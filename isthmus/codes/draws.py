"""Everything crosses, and chance beside it: for networks that restore items in many ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from isthmus.codes.code import Crossing
from isthmus.codes.everything import Everything
from isthmus.settings import Range, Widths

__all__ = ["Draws"]


# One item of so many is drawn while training: a draw costs as much as the best answer.
DRAWN = 4


class Draws(Everything):
    """What the encoder gave crosses whole, with fields of normal noise beside it.

    Without noise the decoder gives the one best answer, and with each draw of it another; the loss
    `isthmus.losses.Spread` makes these samples. While training a quarter of the items is drawn,
    twice each. Shen and Meinshausen, "Engression: extrapolation through the lens of distributional
    regression" (JRSS B, 2024).

    Parameters
    ----------
    widths : sequence of int, default=(4, 16, 64)
        How many pixels apart the numbers of each field are; between them it is linear.
    """

    name: ClassVar[str] = "draws"
    statistics: ClassVar[frozenset[str]] = frozenset({"pair"})
    ranges: ClassVar[Mapping[str, Range]] = {"widths": Widths(1)}

    def __init__(self, widths: Sequence[int] = (4, 16, 64)):
        self.widths = widths

    @property
    def beside(self) -> int:
        return len(self.widths)

    def message(self, code: Tensor, size: int | Tensor | None = None) -> Tensor:
        """Without chance: all fields are zero."""
        return functional.pad(code, (0, self.beside))

    def draw(self, code: Tensor, generator: torch.Generator | None) -> Tensor:
        """The decoder's input for pictures that crossed, (n, H, W, c), with fields drawn."""
        return torch.cat([code, *(self._field(code, each, generator) for each in self.widths)], -1)

    def cross(self, raw: Tensor, generator: torch.Generator | None) -> Crossing:
        drawn = raw[: -(-len(raw) // DRAWN)]
        pair = torch.stack([self.draw(drawn, generator) for _ in range(2)])
        return Crossing(raw, self.message(raw), {"pair": pair})

    def _field(self, code: Tensor, width: int, generator: torch.Generator | None) -> Tensor:
        """One field of noise, (n, H, W, 1), each picture's own."""
        n, height, width_of_all, _ = code.shape
        places = (height // width + 2, width_of_all // width + 2)
        numbers = torch.randn(n, 1, *places, generator=generator)
        size = (places[0] * width, places[1] * width)
        field = functional.interpolate(numbers, size=size, mode="bilinear")
        return field[:, 0, :height, :width_of_all, None].to(code)
