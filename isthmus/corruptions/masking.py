"""Values hidden at random places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption, Hiding, evenly
from isthmus.errors import BadSetting
from isthmus.settings import Interval, Range, Widths

__all__ = ["Cells", "Masking"]


class Masking(Corruption):
    """A share of each item's values, chosen at random, set to zero; which ones is not said.

    Vincent et al., "Stacked denoising autoencoders" (JMLR 2010), section 3.3. The share of an item
    is drawn evenly between ``share`` and ``share_up_to``.

    Parameters
    ----------
    share : float, default=0.3
        Share hidden, in 0..1.
    share_up_to : float or None, default=None
        The other end of the shares drawn, in 0..1; None hides ``share`` of every item on average.
    """

    name: ClassVar[str] = "masking"
    ranges: ClassVar[Mapping[str, Range]] = {
        "share": Interval(float, 0.0, 1.0),
        "share_up_to": Interval(float, 0.0, 1.0, optional=True),
    }

    def __init__(self, share: float = 0.3, share_up_to: float | None = None):
        self.share = share
        self.share_up_to = share_up_to

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        hidden = _at_random(clean.shape, self.share, self.share_up_to, generator)
        return Corrupted(clean * (~hidden).to(clean), clean)


class Cells(Hiding):
    """A share of each item's pixels or numbers, chosen at random, hidden; which ones is said.

    Parameters
    ----------
    share : float, default=0.1
        Smallest share hidden, in 0..1.
    share_up_to : float or None, default=0.5
        Largest share, in 0..1; that of an item is drawn evenly. None hides ``share``.
    columns : sequence of int or None, default=None
        Numbers of a row that are hidden together, since they are one column of the user's table:
        ``(1, 3)`` is a number and then a category with three levels. None hides each alone.
    """

    name: ClassVar[str] = "cells"
    ranges: ClassVar[Mapping[str, Range]] = {**Masking.ranges, "columns": Widths(1, optional=True)}

    def __init__(
        self,
        share: float = 0.1,
        share_up_to: float | None = 0.5,
        columns: Sequence[int] | None = None,
    ):
        self.share = share
        self.share_up_to = share_up_to
        self.columns = columns

    def hidden(self, clean: Tensor, generator: torch.Generator | None) -> Tensor:
        if clean.ndim > 2 or self.columns is None:
            places = clean.shape if clean.ndim == 2 else (*clean.shape[:-1], 1)
            return _at_random(places, self.share, self.share_up_to, generator)
        if sum(self.columns) != clean.shape[1]:
            raise BadSetting(
                f"corruption 'cells' has columns={tuple(self.columns)}, together "
                f"{sum(self.columns)} numbers; a row has {clean.shape[1]}."
            )
        cells = (len(clean), len(self.columns))
        hidden = _at_random(cells, self.share, self.share_up_to, generator)
        return hidden.repeat_interleave(torch.tensor(self.columns), dim=1)


def _at_random(
    shape: tuple[int, ...], low: float, high: float | None, generator: torch.Generator | None
) -> Tensor:
    """Whether each place is hidden, its item's share of them being drawn."""
    chance = torch.rand(shape, generator=generator)
    return chance < evenly(shape, low, high, generator)
