"""Items of users that are held back, to be found by the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption, evenly
from isthmus.settings import Interval, Range

__all__ = ["HeldBack"]


class HeldBack(Corruption):
    """A share of what each user has is hidden; what is seen counts for nothing, for it is known.

    Zeros are what a user does not have. What is judged is all that was not seen: what was held
    back should come before what the user never had, as in use.

    Parameters
    ----------
    share : float, default=0.5
        Share hidden of each user's items, in 0..1.
    share_up_to : float or None, default=None
        The other end of the shares drawn, in 0..1; None hides ``share`` on average.
    """

    name: ClassVar[str] = "held-back"
    ranges: ClassVar[Mapping[str, Range]] = {
        "share": Interval(float, 0.0, 1.0),
        "share_up_to": Interval(float, 0.0, 1.0, optional=True),
    }

    def __init__(self, share: float = 0.5, share_up_to: float | None = None):
        self.share = share
        self.share_up_to = share_up_to

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        chance = torch.rand(clean.shape, generator=generator)
        hidden = chance < evenly(clean.shape, self.share, self.share_up_to, generator)
        seen = clean * (~hidden).to(clean)
        return Corrupted(seen, clean, (seen == 0).to(clean))
