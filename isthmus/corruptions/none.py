"""Nothing hidden."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption

__all__ = ["NoCorruption"]


class NoCorruption(Corruption):
    """The encoder sees everything."""

    name: ClassVar[str] = "none"

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        return Corrupted(clean, clean)
