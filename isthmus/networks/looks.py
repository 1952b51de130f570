"""What of items is compared on a map."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Looks"]

# Edges of pictures are averaged over squares of twice this side.
POOL = 3
ROOT_HALF = 0.5**0.5


class Looks(nn.Module):
    """What of items is compared: rows as they are; of pictures the pixels and the edges.

    Edges are slopes in eight directions, each averaged over squares that overlap by half, so that a
    stroke is like the same stroke a little aside: Dalal and Triggs, "Histograms of oriented
    gradients for human detection" (CVPR 2005), without their normalisation.

    Parameters
    ----------
    item_shape : tuple of int
        ``(p,)`` or ``(height, width, channels)``.
    """

    def __init__(self, item_shape: tuple[int, ...]):
        super().__init__()
        self.item_shape = item_shape
        self.edges = nn.Buffer(torch.ones(()))
        height, width = item_shape[:2] if len(item_shape) == 3 else (1, 1)
        self.down = nn.Buffer(_overlapping_means(height), persistent=False)
        self.across = nn.Buffer(_overlapping_means(width), persistent=False)

    @property
    def n_plain(self) -> int:
        """Numbers of an item itself, which come first."""
        return prod(self.item_shape)

    @property
    def count(self) -> int:
        """Numbers that are compared, q."""
        return self(torch.zeros(1, *self.item_shape)).shape[1]

    def forward(self, items: Tensor) -> Tensor:
        """(n, *item_shape) -> (n, q)."""
        plain = items.flatten(1)
        if len(self.item_shape) != 3:
            return plain
        return torch.cat([plain, self.edges * self._edges(items.mean(-1))], 1)

    def _edges(self, grey: Tensor) -> Tensor:
        """Slopes of pictures, (n, height, width) -> (n, 8 squares)."""
        wide = functional.pad(grey, (1, 1, 1, 1), mode="replicate")
        right = (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]) / 2
        below = (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]) / 2
        four = torch.stack(
            [right, below, (right + below) * ROOT_HALF, (below - right) * ROOT_HALF], 1
        )
        # Products with small matrices: pooling layers are several times slower on a CPU.
        signed, rising = (self.down @ (x @ self.across.T) for x in (four, four.relu()))
        # What falls in a direction is what rises in the opposite one.
        return torch.cat([rising, rising - signed], 1).flatten(1)


def _overlapping_means(side: int) -> Tensor:
    """Means over stretches of `2 POOL` that begin every `POOL`, shape (stretches, side)."""
    count = max(1, side // POOL)
    begins = POOL * torch.arange(count)[:, None] - POOL // 2
    at = torch.arange(side)
    return ((at >= begins) & (at < begins + 2 * POOL)).float() / (2 * POOL)
