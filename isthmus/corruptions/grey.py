"""Colours taken away."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption, require_pictures
from isthmus.errors import BadSetting

__all__ = ["Grey", "luma"]

# ITU-R BT.601, which Pillow, OpenCV and JPEG turn colour to grey by.
WEIGHTS = (0.299, 0.587, 0.114)


def luma(pictures: Tensor) -> Tensor:
    """The grey of colour pictures, (n, H, W, 3) -> (n, H, W, 1)."""
    return (pictures * pictures.new_tensor(WEIGHTS)).sum(-1, keepdim=True)


class Grey(Corruption):
    """Colour pictures in grey: all three channels are the luma. A restored picture keeps it."""

    name: ClassVar[str] = "grey"
    acts: ClassVar[str] = "always"

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        return Corrupted(self.seen(clean), clean)

    def damaged_shape(self, item_shape: tuple[int, ...]) -> tuple[int, ...]:
        return item_shape[:2]

    def seen(self, damaged: Tensor) -> Tensor:
        require_pictures(self, damaged)
        if damaged.shape[-1] not in (1, len(WEIGHTS)):
            raise BadSetting(
                f"corruption 'grey' needs colour pictures (n, H, W, 3); items have shape "
                f"{tuple(damaged.shape[1:])}."
            )
        grey = luma(damaged) if damaged.shape[-1] > 1 else damaged
        return grey.expand(-1, -1, -1, len(WEIGHTS))

    def agree(self, restored: Tensor, seen: Tensor) -> Tensor:
        return restored + seen - luma(restored)
