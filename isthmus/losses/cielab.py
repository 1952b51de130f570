"""How far apart two colours look."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from isthmus.errors import BadSetting
from isthmus.losses.reconstruction import sum_features
from isthmus.losses.record import Record
from isthmus.losses.term import Term

__all__ = ["CIELab", "lab"]

# sRGB, IEC 61966-2-1: light of its three primaries as X, Y, Z, and the white D65 of them all.
TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
WHITE = (0.95047, 1.0, 1.08883)


class CIELab(Term):
    """Squared distance in CIELAB, in hundreds, summed over pixels: black and white are 1 apart.

    Equal distances there look about equally large, in RGB they do not: the same difference of
    levels is far more of a colour in the dark. For pictures of three channels.
    """

    name: ClassVar[str] = "cielab"

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        if record.target.ndim != 4 or record.target.shape[-1] != 3:
            raise BadSetting(
                "the loss 'cielab' needs pictures in colour, (n, H, W, 3); items have shape "
                f"{tuple(record.target.shape[1:])}."
            )
        with torch.no_grad():
            wanted = lab(record.target)
        return sum_features((lab(record.output) - wanted).square(), record.weight) / 100**2


def lab(pictures: Tensor) -> Tensor:
    """L*, a*, b* of sRGB in 0..1, (..., 3) to (..., 3); CIE 15:2004, section 8.2.1, white D65.

    Values a little beyond 0..1 go on smoothly: the straight parts below, the powers above.
    """
    light = torch.where(
        pictures > 0.04045,
        ((pictures.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4,
        pictures / 12.92,
    )
    matrix = pictures.new_tensor(TO_XYZ) / pictures.new_tensor(WHITE)[:, None]
    share = light @ matrix.T
    # Where the cube root begins: the third power of 6/29.
    root = torch.where(
        share > (6 / 29) ** 3,
        share.clamp(min=(6 / 29) ** 3) ** (1 / 3),
        share * (29 / 6) ** 2 / 3 + 4 / 29,
    )
    x, y, z = root.unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)
