"""What corrects pictures before and after a linear map."""

from __future__ import annotations

import math

from torch import Tensor, nn

from isthmus.networks.levels import Levels

__all__ = ["Corrector", "share_of_code"]

# Pixels are folded until the first grid has at most this many places on a side: that is where
# nearly everything is computed.
LARGEST_GRID = 32


class Corrector(nn.Module):
    """A correction of pictures, computed on two coarse grids; zero until it is trained.

    Parameters
    ----------
    item_shape : tuple of int
        ``(H, W, C)``, any size.
    width : int
        Channels of the first grid, of at most 32 places on a side; the second has twice as many.
    blocks : tuple of int
        Residual blocks of the first grid, before and after, and of the second.
    fold : int, default=2
        So many pixels by so many are one place of the first grid, or twice, four times .. as many.
    """

    def __init__(
        self, item_shape: tuple[int, ...], width: int, blocks: tuple[int, int], fold: int = 2
    ):
        super().__init__()
        self.item_shape = item_shape
        while max(item_shape[:2]) > fold * LARGEST_GRID:
            fold *= 2
        channels = item_shape[2]
        self.levels = Levels((channels, channels), (width, 2 * width), blocks, fold, "gelu")
        self.tell = nn.Linear(1, width)

    def forward(self, pictures: Tensor, told: Tensor | None = None) -> Tensor:
        """Corrections of pictures, shape (n, H, W, C); ``told`` is one number for each, (n, 1)."""
        return self.levels(pictures, None if told is None else self.tell(told))

    def of_rows(self, rows: Tensor, unit: Tensor, told: Tensor | None = None) -> Tensor:
        """Corrections of pictures as rows, shape (n, H * W * C), measured in ``unit``."""
        pictures = (rows / unit).unflatten(1, self.item_shape)
        return unit * self(pictures, told).flatten(1)


def share_of_code(sizes: Tensor, n_components: int) -> Tensor:
    """What a corrector is told of prefixes' lengths, shape (n,) to (n, 1), 0..1."""
    return sizes.unsqueeze(1).clamp(min=1.0).log() / math.log(n_components + 1)
