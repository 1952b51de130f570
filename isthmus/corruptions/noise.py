"""Noise added to values, or put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption, evenly
from isthmus.settings import Interval, Range

__all__ = ["GaussianNoise", "SaltAndPepper"]


class GaussianNoise(Corruption):
    """Normal noise, added to every value.

    Parameters
    ----------
    deviation : float, default=0.5
        Standard deviation, in units of the scaled data (pixels: 0..1); at least 0.
    clip : bool, default=True
        Whether values that began in 0..1 are kept there, as a camera would. Data outside that range
        are never clipped.
    deviation_up_to : float or None, default=None
        Where given, the deviation of an item is drawn evenly between the two: what is learnt is
        then right for any of them (blind denoising).
    """

    name: ClassVar[str] = "gaussian"
    ranges: ClassVar[Mapping[str, Range]] = {
        "deviation": Interval(float, 0.0),
        "deviation_up_to": Interval(float, 0.0, optional=True),
    }

    def __init__(
        self, deviation: float = 0.5, clip: bool = True, deviation_up_to: float | None = None
    ):
        self.deviation = deviation
        self.clip = clip
        self.deviation_up_to = deviation_up_to

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        noise = torch.randn(clean.shape, generator=generator).to(clean)
        deviation = evenly(clean.shape, self.deviation, self.deviation_up_to, generator)
        if isinstance(deviation, Tensor):
            deviation = deviation.to(clean)
        seen = clean + deviation * noise
        if self.clip and float(clean.min()) >= 0.0 and float(clean.max()) <= 1.0:
            seen = seen.clamp_(0.0, 1.0)
        return Corrupted(seen, clean)


class SaltAndPepper(Corruption):
    """Pixels that are dead or saturated: all their channels at the batch's lowest or highest value.

    Vincent et al., "Stacked denoising autoencoders" (JMLR 2010), section 3.3. Which pixels they are
    is not said, and both ends are as likely.

    Parameters
    ----------
    share : float, default=0.1
        Share of the pixels, in 0..1.
    share_up_to : float or None, default=None
        The other end of the shares drawn, in 0..1; None hits ``share`` of every item on average.
    """

    name: ClassVar[str] = "salt-and-pepper"
    ranges: ClassVar[Mapping[str, Range]] = {
        "share": Interval(float, 0.0, 1.0),
        "share_up_to": Interval(float, 0.0, 1.0, optional=True),
    }

    def __init__(self, share: float = 0.1, share_up_to: float | None = None):
        self.share = share
        self.share_up_to = share_up_to

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        places = clean.shape if clean.ndim == 2 else (*clean.shape[:-1], 1)
        chance = torch.rand(places, generator=generator).to(clean)
        share = evenly(places, self.share, self.share_up_to, generator)
        half = (share.to(clean) if isinstance(share, Tensor) else share) / 2
        low, high = torch.aminmax(clean)
        seen = torch.where(chance < half, low, clean)
        return Corrupted(torch.where(chance >= 1 - half, high, seen), clean)
