"""A network that mends pictures of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import ClassVar

from torch import Tensor, nn

from isthmus.errors import BadSetting
from isthmus.networks.levels import Levels
from isthmus.networks.network import Banks, Network, Site
from isthmus.settings import Interval, Range, Widths

__all__ = ["UNet"]


class UNet(Network):
    """``seen + c(seen)``, c on ever coarser grids with a way across on each; see `Levels`.

    Everything crosses, so there is no short code. The correction starts at zero: before training
    a damaged picture comes out as it came.

    Parameters
    ----------
    widths : sequence of int, default=(32, 64, 128)
        Channels of each grid, the first of which has half as many places on a side as there are
        pixels.
    blocks : sequence of int, default=(2, 2, 2)
        Residual blocks of each grid: before and after the coarser ones, or of the last.
    fold : int, default=2
        So many pixels by so many are one place of the first grid.
    """

    name: ClassVar[str] = "u-net"
    skips: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        "widths": Widths(1),
        "blocks": Widths(1),
        "fold": Interval(int, 1),
    }

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128),
        blocks: Sequence[int] = (2, 2, 2),
        fold: int = 2,
    ):
        self.widths = widths
        self.blocks = blocks
        self.fold = fold

    def build(self, site: Site) -> Banks:
        if len(site.item_shape) != 3:
            raise BadSetting(
                f"network 'u-net' needs pictures (n, H, W) or (n, H, W, C); items have shape "
                f"{site.item_shape}."
            )
        if len(self.widths) != len(self.blocks):
            raise BadSetting(
                f"network 'u-net' has widths={tuple(self.widths)} and blocks={tuple(self.blocks)}; "
                "give as many of the one as of the other."
            )
        channels = site.seen[-1], site.item_shape[-1]
        levels = Levels(channels, self.widths, self.blocks, self.fold)
        return Banks(nn.Identity(), Mend(levels), (levels.multiple, levels.reach))

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        return prod(item_shape)


class Mend(nn.Module):
    """What was seen, corrected; flags beside the channels are seen too, but not given back."""

    def __init__(self, levels: Levels):
        super().__init__()
        self.levels = levels

    def forward(self, seen: Tensor) -> Tensor:
        correction = self.levels(seen)
        return seen[..., : correction.shape[-1]] + correction
