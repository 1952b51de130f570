"""Items of users that are held back, to be found by the others."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted
from isthmus.corruptions.masking import Masking

__all__ = ["HeldBack"]


class HeldBack(Masking):
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

    def __init__(self, share: float = 0.5, share_up_to: float | None = None):
        super().__init__(share, share_up_to)

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        seen = super().__call__(clean, generator).seen
        return Corrupted(seen, clean, (seen == 0).to(clean))
