"""Noise added to every value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption
from isthmus.settings import Interval, Range

__all__ = ["GaussianNoise"]


class GaussianNoise(Corruption):
    """Normal noise, added to every value.

    Parameters
    ----------
    deviation : float, default=0.5
        Standard deviation, in units of the scaled data (pixels: 0..1); at least 0.
    clip : bool, default=True
        Whether values that began in 0..1 are kept there, as a camera would. Data outside that range
        are never clipped.
    """

    name: ClassVar[str] = "gaussian"
    ranges: ClassVar[Mapping[str, Range]] = {"deviation": Interval(float, 0.0)}

    def __init__(self, deviation: float = 0.5, clip: bool = True):
        self.deviation = deviation
        self.clip = clip

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        noise = torch.randn(clean.shape, generator=generator).to(clean)
        seen = clean + self.deviation * noise
        if self.clip and float(clean.min()) >= 0.0 and float(clean.max()) <= 1.0:
            seen = seen.clamp_(0.0, 1.0)
        return Corrupted(seen, clean)
