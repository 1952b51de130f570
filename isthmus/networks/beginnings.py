"""What the mending of pictures begins at.

Each of these maps what is seen of pictures, (n, H, W, seen), to what the mending network wants,
(n, H, W, C + 1 + features): pictures to correct, in which unit the corrections are, and what they
are to be made from.
"""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional

from isthmus.guess import Guess
from isthmus.networks.filling import blurred, filled
from isthmus.networks.landscape import landscape
from isthmus.networks.picture_start import exactly

__all__ = ["AsSeen", "Beginning", "Filled", "PCAGuess", "Relief"]


class Beginning(nn.Module):
    """Pictures as they came or were guessed, ready to be mended.

    Parameters
    ----------
    seen : int
        Channels of what is seen.
    channels : int
        Of a picture.

    Attributes
    ----------
    features : int
        Channels of what the corrections are made from.
    """

    def __init__(self, seen: int, channels: int):
        super().__init__()
        self.channels = channels
        self.features = seen

    @abstractmethod
    def parts(self, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (n, H, W, C), units that broadcast to (n, H, W, 1), features (n, H, W, f)."""

    @torch.no_grad()
    def forward(self, seen: Tensor) -> Tensor:
        return exactly(self._joined, seen)

    def _joined(self, seen: Tensor) -> Tensor:
        pictures, unit, features = self.parts(seen)
        unit = unit.expand(*seen.shape[:3], 1)
        return torch.cat([pictures, unit, features], dim=-1)


class AsSeen(Beginning):
    """The damaged pictures themselves; of grey ones all channels are alike."""

    def parts(self, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        pictures = seen[..., : self.channels].expand(-1, -1, -1, self.channels)
        return pictures, seen.new_ones(1), seen


class Filled(Beginning):
    """Pictures whose holes are filled in smoothly; flags come last in what is seen."""

    def parts(self, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        flags = seen[..., self.channels :]
        pictures = filled(seen[..., : self.channels], flags > 0)
        return pictures, seen.new_ones(1), torch.cat([pictures, flags], dim=-1)


# Pixels around a place by which its steepness is measured: a window twice this and a little wide.
AROUND = 16
# Whatever the place, the whole map's steepness counts so much, and the unit is so many of it.
SHARE_OF_ALL, UNIT = 0.1, 8.0


class Relief(Beginning):
    """Surfaces filled in smoothly, seen from their own height in units of their own steepness.

    So what is learnt of one mountain holds for a higher and for a steeper one, and in feet as in
    metres. Features: the height above the surroundings, the two slopes, and the flags. Beside the
    pictures comes the likeliest `landscape`, (n, H, W, 2 C) in all, of which nothing is learnt:
    begun at it, or told it, a fit is ahead for five minutes and behind after ten. While training it
    is only the smooth filling again.
    """

    def __init__(self, seen: int, channels: int):
        super().__init__(seen, channels)
        self.features = 3 * channels + 1

    def parts(self, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        flags = seen[..., self.channels :]
        surface = filled(seen[..., : self.channels], flags > 0)
        likeliest = surface if self.training else landscape(surface, flags > 0)
        across = functional.pad(surface.diff(dim=2), (0, 0, 0, 1))
        down = functional.pad(surface.diff(dim=1), (0, 0, 0, 0, 0, 1))
        steepness = self._steepness(across.square() + down.square(), 1.0 - flags)
        unit = UNIT * steepness
        above = (surface - blurred(surface, AROUND)) / unit
        features = [above, across / steepness, down / steepness, flags]
        return torch.cat([surface, likeliest], dim=-1), unit, torch.cat(features, dim=-1)

    def _steepness(self, squares: Tensor, seen: Tensor) -> Tensor:
        """The usual slope around each place by what was seen there, (n, H, W, 1)."""
        squares = squares.mean(-1, keepdim=True) * seen
        everywhere = seen.mean((1, 2), keepdim=True).clamp(min=1e-6)
        usual = squares.mean((1, 2), keepdim=True) / everywhere
        around = blurred(squares, AROUND) + SHARE_OF_ALL * usual
        mean = around / (blurred(seen, AROUND) + SHARE_OF_ALL)
        # A flat map has no slope to measure by, and nothing to be corrected.
        return mean.clamp(min=1e-12).sqrt()


class PCAGuess(Beginning):
    """PCA's guess of pictures; larger ones than it was fitted to are guessed a tile at a time."""

    def __init__(self, seen: int, item_shape: tuple[int, ...], guess: Guess):
        super().__init__(seen, item_shape[-1])
        self.features = seen + item_shape[-1]
        self.item_shape = item_shape
        self.mean = nn.Buffer(guess.mean)
        self.directions = nn.Buffer(guess.directions)
        self.penalty = nn.Buffer(guess.penalty)
        self.weights = None if guess.weights is None else nn.Buffer(guess.weights)

    def parts(self, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        guess = self.guess(seen)
        return guess, seen.new_ones(1), torch.cat([seen, guess], dim=-1)

    def guess(self, seen: Tensor) -> Tensor:
        """PCA's guess, (n, H, W, seen) to (n, H, W, C)."""
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
