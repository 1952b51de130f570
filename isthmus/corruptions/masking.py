"""Values set to zero."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption
from isthmus.settings import Interval, Range

__all__ = ["Masking"]


class Masking(Corruption):
    """A share of each item's values, chosen at random, set to zero.

    Vincent et al., "Stacked denoising autoencoders" (JMLR 2010), section 3.3. The share of an item
    is drawn evenly between ``share`` and ``share_up_to``.

    Parameters
    ----------
    share : float, default=0.3
        Share hidden, in 0..1.
    share_up_to : float or None, default=None
        The other end of the shares drawn, in 0..1; None hides ``share`` of every item on average.
    """

    name: ClassVar[str] = "masking"
    ranges: ClassVar[Mapping[str, Range]] = {
        "share": Interval(float, 0.0, 1.0),
        "share_up_to": Interval(float, 0.0, 1.0, optional=True),
    }

    def __init__(self, share: float = 0.3, share_up_to: float | None = None):
        self.share = share
        self.share_up_to = share_up_to

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        chance = torch.rand(clean.shape, generator=generator)
        if self.share_up_to is None:
            kept = chance >= self.share
        else:
            per_item = torch.rand((len(clean), *[1] * (clean.ndim - 1)), generator=generator)
            kept = chance >= self.share + (self.share_up_to - self.share) * per_item
        return Corrupted(clean * kept.to(clean), clean)
