"""Pictures made small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from isthmus.corruptions.corruption import Corrupted, Corruption, require_pictures
from isthmus.settings import Interval, Range

__all__ = ["LoweredResolution"]


class LoweredResolution(Corruption):
    """Pictures as a coarser sensor would have taken them, then enlarged by a smooth curve.

    A pixel of the small picture is the mean of a square of the large one, and what is seen has the
    large size again, by bicubic interpolation. Dong et al., "Image super-resolution using deep
    convolutional networks" (TPAMI 2016).

    Parameters
    ----------
    factor : int, default=2
        How many times shorter a side is; at least 2.
    """

    name: ClassVar[str] = "resolution"
    acts: ClassVar[str] = "always"
    ranges: ClassVar[Mapping[str, Range]] = {"factor": Interval(int, 2)}

    def __init__(self, factor: int = 2):
        self.factor = factor

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        require_pictures(self, clean)
        seen = self.seen(self._means(clean))
        return Corrupted(seen[:, : clean.shape[1], : clean.shape[2]], clean)

    def damaged_shape(self, item_shape: tuple[int, ...]) -> tuple[int, ...]:
        height, width, *channels = item_shape
        return (-(-height // self.factor), -(-width // self.factor), *channels)

    def seen(self, damaged: Tensor) -> Tensor:
        x = functional.interpolate(
            damaged.permute(0, 3, 1, 2), scale_factor=self.factor, mode="bicubic"
        )
        return x.permute(0, 2, 3, 1)

    def _means(self, pictures: Tensor) -> Tensor:
        """Means of squares; a last incomplete square is filled with its last pixels."""
        height, width = pictures.shape[1:3]
        fill = (0, -width % self.factor, 0, -height % self.factor)
        x = functional.pad(pictures.permute(0, 3, 1, 2), fill, mode="replicate")
        return functional.avg_pool2d(x, self.factor).permute(0, 2, 3, 1)
