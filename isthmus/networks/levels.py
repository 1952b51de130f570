"""Pictures to pictures, on ever coarser grids: the body of every network that mends pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from isthmus.errors import BadSetting
from isthmus.networks.activations import activation
from isthmus.networks.completion import silence_last_layer

__all__ = ["Levels", "check_pictures", "fold", "unfold"]


class Levels(nn.Module):
    """Pixels folded into channels, residual blocks on coarser and coarser grids, and back.

    Ronneberger, Fischer and Brox, "U-Net" (MICCAI 2015); with residual blocks: He et al., "Deep
    residual learning for image recognition" (CVPR 2016); on folded pixels: Zhang et al., "FFDNet"
    (TIP 2018). Gives zeros until it is trained.

    Parameters
    ----------
    channels : tuple of (int, int)
        Of the pictures that come and of those that leave.
    widths : sequence of int
        Channels of each grid; each grid has half as many places on a side as the one before.
    blocks : sequence of int
        Residual blocks of each grid: before and after the coarser one, or of the last in one row.
    fold : int, default=2
        So many pixels by so many are one place of the first grid.
    nonlinear : str, default="relu"
        What stands between the convolutions of a block. GELU gains 2 % where steps are short; with
        it a fit diverges at rates at which this network alone learns fastest.
    """

    def __init__(
        self,
        channels: tuple[int, int],
        widths: Sequence[int],
        blocks: Sequence[int],
        fold: int = 2,
        nonlinear: str = "relu",
    ):
        super().__init__()
        self.fold = fold
        self.multiple = fold * 2 ** (len(widths) - 1)
        came, leaving = (count * fold**2 for count in channels)
        self.enter = nn.Conv2d(came, widths[0], 3, padding=1)
        self.grid = Grid(widths, blocks, nonlinear)
        self.leave = nn.Conv2d(widths[0], leaving, 3, padding=1)
        self._begin()
        # Channels last: on a CPU a third faster, and how pictures come.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, pictures: Tensor, shift: Tensor | None = None) -> Tensor:
        """Pictures of any size, (n, H, W, channels) to (n, H, W, channels).

        ``shift``, (n, widths[0]), is added at every place of the first grid.
        """
        height, width = pictures.shape[1:3]
        x = self.enter(fold(self._padded(pictures), self.fold).permute(0, 3, 1, 2))
        if shift is not None:
            x = x + shift[:, :, None, None]
        x = unfold(self.leave(self.grid(x)).permute(0, 2, 3, 1), self.fold)
        return x[:, :height, :width]

    def _begin(self) -> None:
        """First weights: all features at the scale of what came, no correction.

        He et al., "Delving deep into rectifiers" (ICCV 2015). With PyTorch's own first weights
        features shrink from layer to layer, and only a third of the rate works.
        """
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
                nn.init.zeros_(cast(Tensor, layer.bias))
        for block in self.modules():
            if isinstance(block, Block):
                nn.init.kaiming_normal_(block.first.weight, nonlinearity="relu")
                silence_last_layer(block)
        silence_last_layer(self.leave)

    @property
    def reach(self) -> int:
        """Pixels beyond which nothing touches an output pixel."""
        return self.fold * (3 + self.grid.reach) - 1

    def _padded(self, pictures: Tensor) -> Tensor:
        """Their last rows and columns repeated until both sides divide by `multiple`."""
        height, width = pictures.shape[1:3]
        padding = (0, -width % self.multiple, 0, -height % self.multiple)
        if not any(padding):
            return pictures
        x = functional.pad(pictures.permute(0, 3, 1, 2), padding, mode="replicate")
        return x.permute(0, 2, 3, 1)


def check_pictures(
    network: str, item_shape: tuple[int, ...], widths: Sequence[int], blocks: Sequence[int]
) -> None:
    """Raise `BadSetting` where a network of levels cannot be built for items of a shape."""
    if len(item_shape) != 3:
        raise BadSetting(
            f"network {network!r} needs pictures (n, H, W) or (n, H, W, C); items have shape "
            f"{item_shape}."
        )
    if len(widths) != len(blocks):
        raise BadSetting(
            f"network {network!r} has widths={tuple(widths)} and blocks={tuple(blocks)}; give as "
            "many of the one as of the other."
        )


class Grid(nn.Module):
    """Residual blocks on one grid, with the coarser grids in between."""

    def __init__(self, widths: Sequence[int], blocks: Sequence[int], nonlinear: str):
        super().__init__()
        self.n_blocks = blocks[0]
        self.before = nn.Sequential(*(Block(widths[0], nonlinear) for _ in range(blocks[0])))
        self.coarser: Grid | None = None
        if len(widths) > 1:
            self.down = nn.Conv2d(widths[0], widths[1], 2, stride=2)
            self.coarser = Grid(widths[1:], blocks[1:], nonlinear)
            self.up = nn.Conv2d(widths[1], 4 * widths[0], 1)
            self.after = nn.Sequential(*(Block(widths[0], nonlinear) for _ in range(blocks[0])))

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        if self.coarser is None:
            return x
        finer = self.up(self.coarser(self.down(x))).permute(0, 2, 3, 1)
        return self.after(x + unfold(finer, 2).permute(0, 3, 1, 2))

    @property
    def reach(self) -> int:
        """Places of this grid beyond which nothing touches a place."""
        if self.coarser is None:
            return 2 * self.n_blocks
        # A coarse place is two fine ones, of which the one asked for may be either.
        return 4 * self.n_blocks + 2 * self.coarser.reach + 1


class Block(nn.Module):
    """``x + conv(nonlinear(conv(x)))``, the identity until it is trained."""

    def __init__(self, width: int, nonlinear: str):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.nonlinear = activation(nonlinear)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.nonlinear(self.first(x)))


def fold(x: Tensor, side: int) -> Tensor:
    """Squares of pixels to channels, (n, H, W, C) -> (n, H / side, W / side, side * side * C).

    `torch.nn.functional.pixel_unshuffle` does it channels first, which takes three copies here.
    """
    return x.unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3).flatten(3)


def unfold(x: Tensor, side: int) -> Tensor:
    """Undoes `fold`."""
    x = x.unflatten(3, (side, side, -1)).transpose(2, 3)
    return x.flatten(3, 4).flatten(1, 2)
