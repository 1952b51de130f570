"""Codes held where they were, for a model that goes on learning."""

from __future__ import annotations

from torch import Tensor

from isthmus.losses.record import Record
from isthmus.losses.term import Term

__all__ = ["Held"]


# Without a name, so no user can choose it: a fit has no codes yet to hold.
class Held(Term):
    """Squared distance of codes from those given, in units of their spread, averaged over items.

    1 is the mean squared distance of codes from their mean. Items whose given code is NaN have none
    to be held at, and count as 0: the mean is over all, as in every term, so that processes that
    share a batch add up to it.

    Parameters
    ----------
    spread : float
        That mean squared distance, above 0.
    weight : float, default=1.0
    """

    def __init__(self, spread: float, weight: float = 1.0):
        self.spread = spread
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        assert record.given is not None
        held = ~record.given[:, 0].isnan()
        if not held.any():
            return record.code.new_zeros(())
        codes = record.encode(record.seen[held])
        moved = (codes - record.given[held]).square().sum()
        return moved / (self.spread * len(held))
