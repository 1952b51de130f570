"""What a code costs in bits."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from isthmus.errors import BadSetting
from isthmus.losses.record import Record
from isthmus.losses.term import Term

__all__ = ["Rate"]


class Rate(Term):
    """Bits of the code, averaged over samples: the cross-entropy of the code under its prior.

    Balle, Laparra and Simoncelli, "End-to-end optimized image compression" (ICLR 2017).
    """

    name: ClassVar[str] = "rate"
    about_code: ClassVar[bool] = True

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        return record.statistics["bits"].mean()

    def check(self, statistics: frozenset[str]) -> None:
        if "noisy" not in statistics:
            raise BadSetting("loss 'rate' counts the bits of a rounded code; use code='quantised'.")
