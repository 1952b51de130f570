"""Codes of two views of an item, close to each other and far from those of other items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from isthmus.losses.record import Record
from isthmus.losses.term import Term
from isthmus.settings import Interval, Range

__all__ = ["Agreement"]


class Agreement(Term):
    """How surely a code tells which item of the batch it is of, in nats.

    The views are what the corruption made of an item and the item itself. Each view's code is
    compared by its angle with all others of the batch; the term is minus the logarithm of the
    softmax at the other view of the same item. Chen et al., "A simple framework for contrastive
    learning of visual representations" (ICML 2020), eq. 1; van den Oord et al. (2018).

    Parameters
    ----------
    weight : float, default=1.0
    temperature : float, default=0.2
        Of the softmax: cosines are divided by it; above 0.
    """

    name: ClassVar[str] = "agreement"
    about_code: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        **Term.ranges,
        "temperature": Interval(float, 0.0, closed="neither"),
    }

    def __init__(self, weight: float = 1.0, temperature: float = 0.2):
        self.weight = weight
        self.temperature = temperature

    def __call__(self, record: Record) -> Tensor:
        codes = torch.cat([record.code, record.encode(record.target)]).float()
        directions = functional.normalize(codes, dim=1)
        cosines = directions @ directions.T / self.temperature
        # A view is not compared with itself.
        cosines = cosines.masked_fill(
            torch.eye(len(codes), dtype=torch.bool, device=codes.device), -torch.inf
        )
        n = len(record.code)
        other_view = torch.arange(2 * n, device=codes.device).roll(n)
        return functional.cross_entropy(cosines, other_view)
