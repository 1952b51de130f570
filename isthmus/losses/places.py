"""How far codes lie from the places that items should have."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from isthmus.losses.record import Record
from isthmus.losses.term import Term

__all__ = ["Places"]

# Distances below this count by their square; a few items that lie elsewhere must not move all.
NEAR = 0.1


class Places(Term):
    """The distance of each code from where its item lies on a map that keeps neighbours.

    ``sqrt(|z - y|^2 + c^2) - c`` with c = 0.1, on a map whose deviation is one: Charbonnier et al.
    (ICIP 1994). The places y are those of `isthmus.places`; without them the term is 0.
    """

    name: ClassVar[str] = "places"
    about_code: ClassVar[bool] = True

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        if record.given is None:
            return record.code.new_zeros(())
        square = (record.code - record.given).square().sum(1)
        return ((square + NEAR**2).sqrt() - NEAR).mean()
