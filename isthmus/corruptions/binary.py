"""Values drawn as zeros and ones."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption
from isthmus.errors import BadSetting

__all__ = ["Binary"]


class Binary(Corruption):
    """Each value is drawn as 0 or 1, its size being the chance of 1; what was drawn is wanted too.

    Drawn anew every time, so that a variational autoencoder of zeros and ones learns the chances
    and not one drawing of them. Salakhutdinov and Murray, "On the quantitative analysis of deep
    belief networks" (ICML 2008), section 5.1, drew once; Burda et al. (ICLR 2016) each time.
    """

    name: ClassVar[str] = "binary"

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        low, high = (float(end) for end in torch.aminmax(clean))
        if low < 0.0 or high > 1.0:
            raise BadSetting(
                f"corruption 'binary' takes values for chances, and these are from {low:g} to "
                f"{high:g}; pass pictures of bytes or numbers in 0..1 with scale='none'."
            )
        drawn = (torch.rand(clean.shape, generator=generator).to(clean) < clean).to(clean)
        return Corrupted(drawn, drawn)
