"""What is hidden from the encoder: the contract of the corruption slot."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.slots import Slot

__all__ = ["Corrupted", "Corruption"]


@dataclass(frozen=True)
class Corrupted:
    """One batch after the corruption: the encoder sees ``seen`` and is judged by ``target``.

    ``weight`` says how much each value of the target counts; None counts all alike.
    """

    seen: Tensor
    target: Tensor
    weight: Tensor | None = None


class Corruption(Slot):
    """Maps clean items to what is seen, what is wanted and what counts.

    Attributes
    ----------
    acts : {"train", "always"}
        ``train``: only while training (denoising); ``always``: items come corrupted in use too, so
        scoring corrupts them with a fixed seed (inpainting, colourising).
    """

    acts: ClassVar[str] = "train"

    @abstractmethod
    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        """Corrupt a batch, shape (n, *item), drawing chance from ``generator``."""
