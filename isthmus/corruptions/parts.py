"""Whole parts hidden: of a picture with numbers, the one or the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption, as_they_come
from isthmus.data.rows import with_channels
from isthmus.errors import BadSetting
from isthmus.settings import Interval, Range, Widths

__all__ = ["MissingParts"]


class MissingParts(Corruption):
    """Rows that begin with a picture lose it, or the numbers behind it, at random.

    Missing values, of the data or hidden here, are seen as their mean, which is 0 once scaled. All
    that is known is wanted back, so that the code says what the one part knows of the other;
    Ngiam et al., "Multimodal deep learning" (ICML 2011), section 4.2. Items are judged and encoded
    as they come.

    Parameters
    ----------
    picture : sequence of int, default=(28, 28)
        Shape of the picture that a row begins with, (H, W) or (H, W, C).
    share : float, default=0.15
        Share of the items that lose the picture, and of those that lose the numbers, 0..0.5.
    corruption : str, mapping or Corruption, default="none"
        What is done to the picture beside.
    """

    name: ClassVar[str] = "missing-parts"
    ranges: ClassVar[Mapping[str, Range]] = {
        "picture": Widths(2),
        "share": Interval(float, 0.0, 0.5),
    }

    def __init__(
        self,
        picture: Sequence[int] = (28, 28),
        share: float = 0.15,
        corruption: str | Mapping[str, Any] | Corruption = "none",
    ):
        self.picture = picture
        self.share = share
        self.corruption = corruption

    @property
    def gaps(self) -> bool:
        return True

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        whole = self.judged(clean, generator)
        n_pixels = prod(self.picture)
        pixels, numbers = whole.seen[:, :n_pixels], whole.seen[:, n_pixels:]
        pixels = self._changed(pixels, generator)
        chance = torch.rand((len(clean), 1), generator=generator).to(clean)
        pixels = pixels * (chance >= self.share)
        numbers = numbers * (chance < 1 - self.share)
        return Corrupted(torch.cat([pixels, numbers], dim=1), whole.target, whole.weight)

    def seen(self, damaged: Tensor) -> Tensor:
        return damaged.nan_to_num(nan=0.0)

    def judged(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        return as_they_come(clean, self)

    def _changed(self, pixels: Tensor, generator: torch.Generator | None) -> Tensor:
        """Pictures after what is done to them beside, shape (n, n_pixels)."""
        inner = Corruption.resolve(self.corruption)
        shape = with_channels(tuple(self.picture))
        if inner.acts != "train" or inner.seen_shape(shape) != shape or inner.gaps:
            raise BadSetting(
                f"corruption 'missing-parts' cannot do {inner.name!r} to the picture; choose one "
                "that acts only while training and flags nothing, such as 'deformation'."
            )
        if len(pixels) == 0:
            return pixels
        return inner(pixels.unflatten(1, shape), generator).seen.flatten(1)
