"""Pictures to pictures: what corrects a linear map before it and after it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from isthmus.networks.completion import silence_last_layer

__all__ = ["Corrector", "share_of_code"]

# Pixels are folded until the first grid has at most this many places on a side: that is where
# nearly everything is computed.
LARGEST_GRID = 32


class Corrector(nn.Module):
    """A correction of pictures, computed on two coarse grids; zero until it is trained.

    Pixels are folded into channels (space to depth), so that at most 32 places are left on a side;
    the second grid has half as many. Ronneberger, Fischer and Brox, "U-Net" (MICCAI 2015); with
    residual blocks: He et al., "Deep residual learning for image recognition" (CVPR 2016).

    Parameters
    ----------
    item_shape : tuple of int
        ``(H, W, C)``, any size.
    width : int
        Channels of the first grid; the second has twice as many.
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
        height, width_, channels = item_shape
        self.fold = fold
        while max(height, width_) > self.fold * LARGEST_GRID:
            self.fold *= 2
        step = 2 * self.fold
        self.size = (height, width_)
        self.padding = (0, -width_ % step, 0, -height % step)
        folded = channels * self.fold**2
        self.enter = nn.Conv2d(folded, width, 3, padding=1)
        self.tell = nn.Linear(1, width)
        self.before = nn.Sequential(*(Block(width) for _ in range(blocks[0])))
        self.down = nn.Conv2d(width, 2 * width, 2, stride=2)
        self.coarse = nn.Sequential(*(Block(2 * width) for _ in range(blocks[1])))
        self.up = nn.Conv2d(2 * width, 4 * width, 1)
        self.after = nn.Sequential(*(Block(width) for _ in range(blocks[0])))
        self.leave = nn.Conv2d(width, folded, 3, padding=1)
        silence_last_layer(self.leave)
        # Channels last: on a CPU a third faster, and how pictures come.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, pictures: Tensor, told: Tensor | None = None) -> Tensor:
        """Corrections of pictures, shape (n, H, W, C); ``told`` is one number for each, (n, 1)."""
        x = fold(self._padded(pictures), self.fold).permute(0, 3, 1, 2)
        x = self.enter(x)
        if told is not None:
            x = x + self.tell(told)[:, :, None, None]
        x = self.before(functional.gelu(x))
        finer = self.up(self.coarse(self.down(x))).permute(0, 2, 3, 1)
        x = x + unfold(finer, 2).permute(0, 3, 1, 2)
        x = self.leave(functional.gelu(self.after(x)))
        x = unfold(x.permute(0, 2, 3, 1), self.fold)
        return x[:, : self.size[0], : self.size[1]]

    def _padded(self, pictures: Tensor) -> Tensor:
        """Their last rows and columns repeated until both sides divide by a place's."""
        if not any(self.padding):
            return pictures
        x = functional.pad(pictures.permute(0, 3, 1, 2), self.padding, mode="replicate")
        return x.permute(0, 2, 3, 1)

    def of_rows(self, rows: Tensor, unit: Tensor, told: Tensor | None = None) -> Tensor:
        """Corrections of pictures as rows, shape (n, H * W * C), measured in ``unit``."""
        pictures = (rows / unit).unflatten(1, self.item_shape)
        return unit * self(pictures, told).flatten(1)


def share_of_code(sizes: Tensor, n_components: int) -> Tensor:
    """What a corrector is told of prefixes' lengths, shape (n,) to (n, 1), 0..1."""
    return sizes.unsqueeze(1).clamp(min=1.0).log() / math.log(n_components + 1)


def fold(x: Tensor, side: int) -> Tensor:
    """Squares of pixels to channels, (n, H, W, C) -> (n, H / side, W / side, side * side * C).

    `torch.nn.functional.pixel_unshuffle` does it channels first, which takes three copies here.
    """
    return x.unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3).flatten(3)


def unfold(x: Tensor, side: int) -> Tensor:
    """Undoes `fold`."""
    x = x.unflatten(3, (side, side, -1)).transpose(2, 3)
    return x.flatten(3, 4).flatten(1, 2)


class Block(nn.Module):
    """``x + conv(gelu(conv(x)))``, the identity until it is trained."""

    def __init__(self, width: int):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        silence_last_layer(self.second)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.gelu(self.first(x)))
