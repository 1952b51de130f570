"""Both halves of an autoencoder as modules that take and give what a user has."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.data.rows import with_channels

__all__ = ["Decoding", "Encoding", "items_type"]


def items_type(ae: Autoencoder) -> np.dtype[Any]:
    """In which precision items come and go: float64 where an offset is to be subtracted from them.

    Far from zero, float32 has no digits left for the differences.
    """
    return np.dtype(np.float64 if ae.scaling_.offset.any() else np.float32)


class _InUnits(nn.Module):
    """What both halves have: the model, and the scaling of its items."""

    def __init__(self, ae: Autoencoder):
        super().__init__()
        self.model = ae.model_
        self.item_shape = ae.item_shape_
        self.shifts = bool(ae.scaling_.offset.any())
        self.scales = bool((ae.scaling_.scale != 1).any())
        self.offset, self.scale = (
            nn.Buffer(torch.from_numpy(values.astype(items_type(ae))))
            for values in (ae.scaling_.offset, ae.scaling_.scale)
        )

    def scaled(self, rows: Tensor) -> Tensor:
        """Rows as `isthmus.data.scaling.Scaling.apply` gives them, in float32."""
        # What changes nothing would still take its time.
        rows = rows - self.offset if self.shifts else rows
        return (rows / self.scale if self.scales else rows).float()

    def undone(self, rows: Tensor) -> Tensor:
        """The inverse of `scaled`, in the precision of items."""
        rows = rows.to(self.scale)
        rows = rows * self.scale if self.scales else rows
        return rows + self.offset if self.shifts else rows


class Encoding(_InUnits):
    """Items to codes, as `Autoencoder.transform`, (n, *item_shape) -> (n, n_components)."""

    def __init__(self, ae: Autoencoder):
        super().__init__(ae)
        self.corruption = Slots.of(ae).corruption

    def forward(self, items: Tensor) -> Tensor:
        scaled = self.scaled(items.flatten(1)).unflatten(1, with_channels(self.item_shape))
        return self.model.encode(self.corruption.seen(scaled) if self.corruption.gaps else scaled)


class Decoding(_InUnits):
    """Codes to items, as `Autoencoder.inverse_transform`, (n, k) -> (n, *item_shape).

    Where codes are ordered, k may be less than n_components.
    """

    def __init__(self, ae: Autoencoder):
        super().__init__(ae)
        self.n_components = ae.n_components_
        self.ordered = ae.ordered

    def forward(self, codes: Tensor) -> Tensor:
        size = codes.shape[1] if self.ordered else None
        if size is not None:
            codes = functional.pad(codes, (0, self.n_components - size))
        return self.undone(self.model.decode(codes, size).flatten(1)).unflatten(1, self.item_shape)
