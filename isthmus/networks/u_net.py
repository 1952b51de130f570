"""A network that mends pictures of any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm, prod
from typing import Any, ClassVar

import torch
from sklearn.base import clone
from torch import Tensor, nn
from torch.nn import functional

from isthmus.errors import BadSetting
from isthmus.guess import Guess
from isthmus.networks.levels import Levels
from isthmus.networks.network import Banks, Network, Site
from isthmus.networks.picture_start import exactly
from isthmus.settings import Interval, Range, Widths

__all__ = ["UNet"]

# On photographs with noise, steps of 16 squares of 64x64 pixels at this rate learnt most in a
# minute. In two minutes of Muon noise of 25 levels was left at 28.27 dB, in two of Adam at 27.76,
# in twenty at 28.30 (BM3D: 28.37; 40 pictures of Train400 that were not trained on).
PIXELS_A_STEP, FEWEST_A_STEP, MOST_A_STEP = 2**16, 4, 256
RATE = 2e-3
OPTIMIZER = "muon"


class UNet(Network):
    """``g + c(seen, g)``, c on ever coarser grids with a way across on each; see `Levels`.

    g is PCA's guess from what is seen where pictures are small, and else what is seen itself.
    Everything crosses, so there is no short code. The correction c starts at zero: before training
    this is PCA's answer, or the damaged picture as it came.

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
    """

    name: ClassVar[str] = "u-net"
    skips: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        "widths": Widths(1),
        "blocks": Widths(1),
        "fold": Interval(int, 1),
        "guess_up_to": Interval(int, 0),
    }

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128),
        blocks: Sequence[int] = (2, 2, 2),
        fold: int = 2,
        guess_up_to: int = 1024,
    ):
        self.widths = widths
        self.blocks = blocks
        self.fold = fold
        self.guess_up_to = guess_up_to

    def needs_guess(self, item_shape: tuple[int, ...]) -> bool:
        return len(item_shape) == 3 and prod(item_shape) <= self.guess_up_to

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
        if site.start.guess is None:
            levels = self._levels(site.seen[-1], site.item_shape[-1])
            return Banks(nn.Identity(), Mend(levels), (levels.multiple, levels.reach))
        levels = self._levels(site.seen[-1] + site.item_shape[-1], site.item_shape[-1])
        guess = PCAGuess(site.item_shape, site.start.guess)
        # Tiles must begin where the guess's own pictures begin, and see one of them whole.
        multiple = lcm(levels.multiple, *site.item_shape[:2])
        reach = levels.reach + max(site.item_shape[:2])
        return Banks(nn.Identity(), Mend(levels, guess), (multiple, reach))

    def _levels(self, came: int, leaving: int) -> Levels:
        return Levels((came, leaving), self.widths, self.blocks, self.fold)

    def suited(self, training: Any, item_shape: tuple[int, ...]) -> Any:
        height, width = (min(side, training.patch or side) for side in item_shape[:2])
        batch_size = min(max(PIXELS_A_STEP // (height * width), FEWEST_A_STEP), MOST_A_STEP)
        own = {"batch_size": batch_size, "learning_rate": RATE, "optimizer": OPTIMIZER}
        left_open = {name: value for name, value in own.items() if getattr(training, name) is None}
        return clone(training).set_params(**left_open)

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        return prod(item_shape)


class Mend(nn.Module):
    """What was seen, or guessed, corrected; flags are seen too, but not given back."""

    def __init__(self, levels: Levels, guess: PCAGuess | None = None):
        super().__init__()
        self.levels = levels
        self.guess = guess

    def forward(self, seen: Tensor) -> Tensor:
        if self.guess is None:
            correction = self.levels(seen)
            return seen[..., : correction.shape[-1]] + correction
        guess = exactly(self.guess, seen)
        return guess + self.levels(torch.cat([seen, guess], dim=-1))


class PCAGuess(nn.Module):
    """PCA's guess of pictures, (n, H, W, seen) to (n, H, W, C); larger ones a tile at a time."""

    def __init__(self, item_shape: tuple[int, ...], guess: Guess):
        super().__init__()
        self.item_shape = item_shape
        self.mean = nn.Buffer(guess.mean)
        self.directions = nn.Buffer(guess.directions)
        self.penalty = nn.Buffer(guess.penalty)
        self.weights = None if guess.weights is None else nn.Buffer(guess.weights)

    @torch.no_grad()
    def forward(self, seen: Tensor) -> Tensor:
        size, (height, width, _) = seen.shape[1:3], self.item_shape
        if tuple(size) == (height, width):
            return self._whole(seen)
        fill = (0, -size[1] % width, 0, -size[0] % height)
        x = functional.pad(seen.permute(0, 3, 1, 2), fill, mode="replicate").permute(0, 2, 3, 1)
        down, across = x.shape[1] // height, x.shape[2] // width
        tiles = x.unflatten(2, (across, width)).unflatten(1, (down, height)).transpose(2, 3)
        guessed = self._whole(tiles.flatten(0, 2)).unflatten(0, (len(x), down, across))
        guessed = guessed.transpose(2, 3).flatten(3, 4).flatten(1, 2)
        return guessed[:, : size[0], : size[1]]

    def _whole(self, seen: Tensor) -> Tensor:
        guess = Guess(self.mean, self.directions, self.penalty, self.weights)
        guessed = guess.of_seen(seen)
        if self.weights is not None:
            return guessed
        channels = self.item_shape[2]
        return torch.where(seen[..., channels:] > 0, guessed, seen[..., :channels])
