"""How far samples should lie from each other."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from isthmus.errors import BadSetting
from isthmus.losses.record import Record
from isthmus.losses.term import Term

__all__ = ["Spread"]

# Single pixels, then squares of 2, 4, 8 and 16: so sums over regions spread rightly too.
SCALES = 5
# Keeps the slope of a root finite at zero.
SMALLEST = 1e-8


class Spread(Term):
    """The continuous ranked probability score of samples of pictures, at several resolutions.

    For two samples y, z of an item x it is ``(|y - x| + |z - x| - |y - z|) / 2``, which is least,
    on average, where samples are distributed as the items are: Gneiting and Raftery, "Strictly
    proper scoring rules, prediction, and estimation" (JASA 2007), eq. 21. Of single pixels alone
    samples might err all in one direction, or each pixel in its own; so means of squares of pixels
    are scored too. Summed over pixels at each resolution; only pixels that count do.
    """

    name: ClassVar[str] = "spread"

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        pair = record.statistics["pair"]
        one, other = record.decode(pair.flatten(0, 1)).unflatten(0, pair.shape[:2])
        target = record.target[: len(one)]
        counts = target.new_ones(1) if record.weight is None else record.weight[: len(one)]
        counts = counts.expand_as(target)
        far = _distance(one - target, counts) + _distance(other - target, counts)
        return (far - _distance(one - other, counts)) / (2 * len(one))

    def check(self, statistics: frozenset[str]) -> None:
        if "pair" not in statistics:
            raise BadSetting("loss 'spread' scores samples; use code='draws'.")


def _distance(difference: Tensor, counts: Tensor) -> Tensor:
    """Absolute differences of means over squares of pixels, summed over all sizes of squares."""
    x, weight = difference.permute(0, 3, 1, 2), counts.permute(0, 3, 1, 2)
    total = x.new_zeros(())
    for scale in range(SCALES):
        if scale:
            mass = functional.avg_pool2d(weight, 2, ceil_mode=True)
            x = functional.avg_pool2d(x * weight, 2, ceil_mode=True) / mass.clamp(min=1e-6)
            weight = mass
        size = 4.0**scale
        total = total + size * (weight * (x.square() + SMALLEST).sqrt()).sum()
    return total
