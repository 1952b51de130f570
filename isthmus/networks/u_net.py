"""A network that mends pictures of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, ClassVar

import torch
from sklearn.base import clone
from torch import Tensor, nn
from torch.nn import functional

from isthmus.errors import BadSetting
from isthmus.networks.beginnings import AsSeen, Beginning, Filled, PCAGuess, Relief
from isthmus.networks.filling import blurred
from isthmus.networks.levels import Levels, check_pictures
from isthmus.networks.network import Banks, Network, Site
from isthmus.settings import Flag, Interval, Range, Widths
from isthmus.spaces import Choice, Space

__all__ = ["UNet"]

# On photographs with noise, steps of 16 squares of 64x64 pixels at this rate learnt most in a
# minute. In two minutes of Muon noise of 25 levels was left at 28.27 dB, in two of Adam at 27.76,
# in twenty at 28.30 (BM3D: 28.37; 40 pictures of Train400 that were not trained on).
PIXELS_A_STEP, FEWEST_A_STEP, MOST_A_STEP = 2**16, 4, 256
RATE, AT_SQUARES = 2e-3, 16
# Where a step has fewer pictures, since each is larger, the rate falls with the root of their
# number: with four of 128x128 half of it left 3 % less error of colours after a minute.
OPTIMIZER = "muon"
# Corrections of surfaces are means of the pixels so near, twice over: in sunlight the pixels of a
# fold can be told apart, by a few metres that no loss of heights minds.
SMOOTH = 1


class UNet(Network):
    """``g + c(seen, g)``, c on ever coarser grids with a way across on each; see `Levels`.

    g is PCA's guess from what is seen where pictures are small, else a smooth filling of what is
    flagged as hidden, else what is seen itself (`isthmus.networks.beginnings`). Everything crosses,
    so there is no short code. The correction c starts at zero: before training this is g.

    Parameters
    ----------
    widths : sequence of int, default=(32, 64, 128)
        Channels of each grid, the first of which has half as many places on a side as there are
        pixels.
    blocks : sequence of int, default=(2, 2, 2)
        Residual blocks of each grid: before and after the coarser ones, or of the last.
    fold : int, default=2
        So many pixels by so many are one place of the first grid.
    guess_up_to : int, default=1024
        Values of the largest pictures for which PCA guesses first.
    relative : bool, default=False
        Whether the items are surfaces whose heights count from their own surroundings, in units of
        their own steepness; see `MendSurface`.
    """

    name: ClassVar[str] = "u-net"
    skips: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        "widths": Widths(1),
        "blocks": Widths(1),
        "fold": Interval(int, 1),
        "guess_up_to": Interval(int, 0),
        "relative": Flag(),
    }
    search: ClassVar[Mapping[str, Space]] = {
        "widths": Choice(
            ((16, 32, 64), (32, 64, 128), (48, 96, 192), (16, 32, 48, 64), (32, 64, 96, 128))
        ),
    }

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128),
        blocks: Sequence[int] = (2, 2, 2),
        fold: int = 2,
        guess_up_to: int = 1024,
        relative: bool = False,
    ):
        self.widths = widths
        self.blocks = blocks
        self.fold = fold
        self.guess_up_to = guess_up_to
        self.relative = relative

    def needs_guess(self, item_shape: tuple[int, ...]) -> bool:
        small = len(item_shape) == 3 and prod(item_shape) <= self.guess_up_to
        return small and not self.relative

    def searched(self, site: Site) -> Mapping[str, Space]:
        # Each grid has its own number of blocks.
        fitting = [w for w in self.search["widths"].examples() if len(w) == len(self.blocks)]
        return {"widths": Choice(tuple(fitting))}

    def build(self, site: Site) -> Banks:
        check_pictures(self.name, site.item_shape, self.widths, self.blocks)
        begin, channels = self._beginning(site), site.item_shape[-1]
        came = begin.features + site.beside
        levels = Levels((came, channels), self.widths, self.blocks, self.fold)
        if self.relative:
            mend: nn.Module = MendSurface(levels, channels, site.beside)
            return Banks(begin, mend, (levels.multiple, levels.reach + 2 * SMOOTH))
        return Banks(begin, Mend(levels, channels), (levels.multiple, levels.reach))

    def _beginning(self, site: Site) -> Beginning:
        seen, channels = site.seen[-1], site.item_shape[-1]
        # What is hidden is flagged in one channel more.
        flagged = site.seen == (*site.item_shape[:2], channels + 1)
        if self.relative:
            if not flagged:
                raise BadSetting(
                    "network 'u-net' with relative=True fills what is flagged as hidden, and the "
                    "corruption flags nothing; choose corruption='holes'."
                )
            return Relief(seen, channels)
        if site.start.guess is not None:
            return PCAGuess(seen, site.item_shape, site.start.guess)
        return Filled(seen, channels) if flagged else AsSeen(seen, channels)

    def suited(self, training: Any, item_shape: tuple[int, ...]) -> Any:
        height, width = (min(side, training.patch or side) for side in item_shape[:2])
        batch_size = min(max(PIXELS_A_STEP // (height * width), FEWEST_A_STEP), MOST_A_STEP)
        # Surfaces were only tried at the whole rate.
        few = 1.0 if self.relative else min(1.0, (batch_size / AT_SQUARES) ** 0.5)
        own = {"batch_size": batch_size, "learning_rate": RATE * few, "optimizer": OPTIMIZER}
        left_open = {name: value for name, value in own.items() if getattr(training, name) is None}
        return clone(training).set_params(**left_open)

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        return prod(item_shape)


class Mend(nn.Module):
    """Pictures that were begun, corrected; see `isthmus.networks.beginnings` for what comes in."""

    def __init__(self, levels: Levels, channels: int):
        super().__init__()
        self.levels = levels
        self.channels = channels

    def forward(self, begun: Tensor) -> Tensor:
        pictures, unit = begun[..., : self.channels], begun[..., self.channels : self.channels + 1]
        return pictures + unit * self.levels(begun[..., self.channels + 1 :])


class MendSurface(nn.Module):
    """The same for what `isthmus.networks.beginnings.Relief` began; in use, half of it is kriging.

    On ground like that of training the network alone is best, on other ground kriging is; the mean
    of the two is nearly as good as the better one on either. Samples keep their distance from the
    network's own best answer, the one without chance.

    Parameters
    ----------
    levels : Levels
    channels : int
        Of a surface.
    beside : int
        Fields of chance, which come last.
    """

    def __init__(self, levels: Levels, channels: int, beside: int):
        super().__init__()
        self.levels = levels
        self.channels = channels
        self.beside = beside

    def forward(self, begun: Tensor) -> Tensor:
        sizes = (self.channels, self.channels, 1, begun.shape[-1] - 2 * self.channels - 1)
        surface, likeliest, unit, features = begun.split(sizes, dim=-1)
        mended = surface + unit * self._correction(features)
        if self.training:
            return mended
        quiet = functional.pad(functional.pad(features, (0, -self.beside)), (0, self.beside))
        same = torch.equal(quiet, features)
        best = mended if same else surface + unit * self._correction(quiet)
        return mended + (likeliest - best) / 2

    def _correction(self, features: Tensor) -> Tensor:
        return blurred(self.levels(features), SMOOTH)
