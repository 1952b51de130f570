"""A network for pictures of any size that begins at PCA of their blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm, prod
from typing import Any, ClassVar

import torch
from sklearn.base import clone
from torch import Tensor, nn
from torch.nn import functional

from isthmus.errors import BadSetting
from isthmus.networks.completion import silence_last_layer
from isthmus.networks.dense import perceptron
from isthmus.networks.levels import Levels, check_pictures
from isthmus.networks.network import Banks, Network, Site
from isthmus.networks.picture_start import exactly
from isthmus.principal import PrincipalComponents, usable_deviations
from isthmus.settings import Interval, Range, Widths

__all__ = ["BlockStart"]

# The largest picture that is one block.
LARGEST_BLOCK = 1024
# On held-out scenes, after five minutes of one thread, better than half as many at 1e-3.
PIXELS_A_STEP, FEWEST_A_STEP, MOST_A_STEP = 2**18, 4, 256
RATE = 1.5e-3
OPTIMIZER = "muon"
TOLD = 32
# What settings that are left open are: of pictures of many blocks, and of those that are one. On
# held-out digits the second came in four minutes of one thread to a third less error at two thirds
# of the bytes that the first had after ten.
OF_MANY: Mapping[str, Any] = {
    "numbers": 192,
    "widths": (32, 64, 128, 192),
    "blocks": (1, 2, 2, 2),
    "grid_width": 256,
}
OF_ONE: Mapping[str, Any] = {
    "numbers": 96,
    "widths": (32, 64),
    "blocks": (1, 1),
    "grid_width": 768,
}


class BlockStart(Network):
    """PCA of blocks of pixels, with a network on either side of it.

    ::

        code at each block = D (p + f(p))[:k] + s * e(..)     p = pixels - mean
        output             = r + g(r, step)                   r = mean + D' (z + s * h(z / s, step))

    D are the directions of PCA of blocks, z the code with zeros behind, s the deviations along the
    directions. f and g see pictures, e and h see the grid of blocks (`Levels`, all of them); all
    start at zero, where this is block transform coding by the Karhunen-Loeve transform. g and h are
    told how coarsely the code was rounded. Small pictures are one block.

    Parameters
    ----------
    side : int, default=16
        Pixels on a side of a block.
    numbers : int or None
        Code numbers of a block, where ``n_components`` does not say. This and the next three are by
        default those of `OF_MANY`, or of `OF_ONE` where a picture is one block.
    widths, blocks : sequence of int or None
        Channels and residual blocks of g's grids, the first of 2x2 pixels a place; f has all grids
        but that one.
    grid_width : int or None
        Channels of e and of h.
    grid_blocks : int, default=2
        Residual blocks of e and of h; where a picture is one block these are dense, with one hidden
        layer more than blocks.
    """

    name: ClassVar[str] = "block-start"
    ranges: ClassVar[Mapping[str, Range]] = {
        "side": Interval(int, 2),
        "numbers": Interval(int, 1, optional=True),
        "widths": Widths(2, optional=True),
        "blocks": Widths(2, optional=True),
        "grid_width": Interval(int, 1, optional=True),
        "grid_blocks": Interval(int, 1),
    }

    def __init__(
        self,
        side: int = 16,
        numbers: int | None = None,
        widths: Sequence[int] | None = None,
        blocks: Sequence[int] | None = None,
        grid_width: int | None = None,
        grid_blocks: int = 2,
    ):
        self.side = side
        self.numbers = numbers
        self.widths = widths
        self.blocks = blocks
        self.grid_width = grid_width
        self.grid_blocks = grid_blocks

    def block(self, item_shape: tuple[int, ...]) -> tuple[int, int, int] | None:
        if len(item_shape) != 3:
            return None
        height, width, channels = item_shape
        if max(height, width) <= 2 * self.side and prod(item_shape) <= LARGEST_BLOCK:
            return height, width, channels
        return self.side, self.side, channels

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        block = self.block(item_shape)
        if block is None:
            return super().natural_components(item_shape)
        return prod(self._places(item_shape)) * min(self._own("numbers", item_shape), prod(block))

    def code_shape(self, item_shape: tuple[int, ...], n_components: int) -> tuple[int, ...]:
        places = self._places(item_shape)
        return (*places, n_components // prod(places))

    def _places(self, item_shape: tuple[int, ...]) -> tuple[int, int]:
        height, width, _ = self.block(item_shape) or (1, 1, 1)
        return -(-item_shape[0] // height), -(-item_shape[1] // width)

    def _own(self, setting: str, item_shape: tuple[int, ...]) -> Any:
        """A setting that may have been left open."""
        own = OF_ONE if self.block(item_shape) == item_shape else OF_MANY
        given = getattr(self, setting)
        return own[setting] if given is None else given

    def build(self, site: Site) -> Banks:
        check_pictures(self.name, site.item_shape, *self._rows(site.item_shape))
        block = self.block(site.item_shape)
        if block is None or site.start.blocks is None:
            raise BadSetting("network 'block-start' needs PCA of the blocks of the training data.")
        grid = self._grid(site)
        # Files of weights hold no tensor twice, so each half has a copy of its own.
        theirs = [BlockTransform(block, site.start.blocks) for _ in range(2)]
        adjust = self._between(site, grid[2], grid[2])
        complete = self._between(site, grid[2] + 1, prod(block))
        encoder = BlockEncoder(theirs[0], grid, self._levels(site, 1), adjust)
        decoder = BlockDecoder(theirs[1], site.item_shape, grid, self._levels(site, 0), complete)
        multiple = lcm(encoder.correct.multiple, decoder.correct.multiple, *block[:2])
        reach = max(encoder.correct.reach, decoder.correct.reach)
        deviations = theirs[0].deviations[: grid[2]]
        return Banks(encoder, decoder, (multiple, reach), deviations)

    def _grid(self, site: Site) -> tuple[int, int, int]:
        """Height, width and channels of the code."""
        places = self._places(site.item_shape)
        numbers, spare = divmod(site.n_components, prod(places))
        most = prod(self.block(site.item_shape) or ())
        if spare or not 1 <= numbers <= most:
            raise BadSetting(
                f"n_components={site.n_components} with network 'block-start' and items of shape "
                f"{site.item_shape}: a multiple of {prod(places)} up to {prod(places) * most} is "
                "expected, as many for each block."
            )
        return (*places, numbers)

    def _levels(self, site: Site, skipped: int) -> Levels:
        channels = site.item_shape[-1]
        widths, blocks = (row[skipped:] for row in self._rows(site.item_shape))
        return Levels((channels, channels), widths, blocks, 2 ** (1 + skipped))

    def _rows(self, item_shape: tuple[int, ...]) -> tuple[Sequence[int], Sequence[int]]:
        return self._own("widths", item_shape), self._own("blocks", item_shape)

    def _between(self, site: Site, came: int, leaving: int) -> nn.Module:
        """Of the grid of blocks, silent until it is trained."""
        width = self._own("grid_width", site.item_shape)
        if self.block(site.item_shape) != site.item_shape:
            return Levels((came, leaving), (width,), (self.grid_blocks,), fold=1)
        # A single place has no neighbours for convolutions to see.
        dense = perceptron((came, *(width,) * (self.grid_blocks + 1), leaving), "relu")
        silence_last_layer(dense)
        return dense

    def suited(self, training: Any, item_shape: tuple[int, ...]) -> Any:
        height, width = (min(side, training.patch or side) for side in item_shape[:2])
        batch_size = min(max(PIXELS_A_STEP // (height * width), FEWEST_A_STEP), MOST_A_STEP)
        own = {"batch_size": batch_size, "learning_rate": RATE, "optimizer": OPTIMIZER}
        left_open = {name: value for name, value in own.items() if getattr(training, name) is None}
        return clone(training).set_params(**left_open)


class BlockTransform(nn.Module):
    """Pictures to the coefficients of their blocks and back: orthonormal, shared by both halves."""

    def __init__(self, block: tuple[int, int, int], pca: PrincipalComponents):
        super().__init__()
        self.block = block
        mean = torch.from_numpy(pca.mean).float()
        self.mean = nn.Buffer(mean.view(block).mean((0, 1)))
        # In one order of memory, so that a model that was read sums in the same order.
        self.directions = nn.Buffer(torch.from_numpy(pca.directions).float().contiguous())
        deviations = torch.from_numpy(usable_deviations(pca.variances)).float()
        self.deviations = nn.Buffer(deviations)
        unit = (pca.total_variance / prod(block)) ** 0.5
        self.unit = nn.Buffer(torch.tensor(max(unit, 1e-12)))

    def padded(self, pictures: Tensor) -> Tensor:
        """Pictures with their last rows and columns repeated until blocks fill them."""
        height, width = pictures.shape[1:3]
        fill = (0, -width % self.block[1], 0, -height % self.block[0])
        if not any(fill):
            return pictures
        x = functional.pad(pictures.permute(0, 3, 1, 2), fill, mode="replicate")
        return x.permute(0, 2, 3, 1)

    def analyse(self, centred: Tensor) -> Tensor:
        """Centred pictures of whole blocks, (n, H, W, C), to (n, h, w, numbers of a block)."""
        height, width, _ = self.block
        blocks = centred.unflatten(2, (-1, width)).unflatten(1, (-1, height)).transpose(2, 3)
        return blocks.flatten(3) @ self.directions.T

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """Undoes `analyse`."""
        blocks = (coefficients @ self.directions).unflatten(3, self.block)
        return blocks.transpose(2, 3).flatten(3, 4).flatten(1, 2)


class BlockEncoder(nn.Module):
    """``D (p + f(p))[:k] + s * e(..)``, pictures of any size to grids of any size."""

    def __init__(
        self,
        transform: BlockTransform,
        grid: tuple[int, int, int],
        correct: Levels,
        adjust: nn.Module,
    ):
        super().__init__()
        self.transform = transform
        self.numbers = grid[2]
        self.correct = correct
        self.adjust = adjust

    def forward(self, pictures: Tensor) -> Tensor:
        """Codes as rows, (n, H, W, C) to (n, h * w * numbers)."""
        return self.grid(self.corrected(self.transform.padded(pictures))).flatten(1)

    def corrected(self, pictures: Tensor) -> Tensor:
        """Pixels made ready, (n, H, W, C) to the same, centred."""
        centred = pictures - self.transform.mean
        return centred + self.transform.unit * self.correct(centred / self.transform.unit)

    def grid(self, corrected: Tensor) -> Tensor:
        """Codes of such pixels, (n, H, W, C) to (n, h, w, numbers)."""
        deviations = self.transform.deviations[: self.numbers]
        code = exactly(self.transform.analyse, corrected)[..., : self.numbers]
        return code + deviations * self.adjust(code / deviations)


class BlockDecoder(nn.Module):
    """``r + g(r, step)`` with ``r = mean + D' (z + s * h(z / s, step))``."""

    def __init__(
        self,
        transform: BlockTransform,
        item_shape: tuple[int, ...],
        grid: tuple[int, int, int],
        correct: Levels,
        complete: nn.Module,
    ):
        super().__init__()
        self.transform = transform
        self.item_shape = item_shape
        self.shape = grid
        self.correct = correct
        self.complete = complete
        self.tell = perceptron((1, TOLD, correct.enter.out_channels), "relu")

    def forward(self, message: Tensor) -> Tensor:
        """Pictures of codes as rows, (n, h * w * numbers [+ 1]) to (n, *item_shape)."""
        n_numbers = prod(self.shape)
        steps = message[:, n_numbers:]
        if not steps.shape[1]:
            steps = message.new_ones(len(message), 1)
        linear = self.linear(message[:, :n_numbers].unflatten(1, self.shape), steps)
        height, width, _ = self.item_shape
        return self.mended(linear, steps)[:, :height, :width]

    def linear(self, code: Tensor, steps: Tensor) -> Tensor:
        """Centred pixels of codes, (n, h, w, numbers) to (n, H, W, C); steps are (n, 1)."""
        deviations = self.transform.deviations
        numbers = code.shape[-1]
        told = told_of(steps)[:, :, None, None].expand(-1, *code.shape[1:3], 1)
        # A number that is rounded more coarsely than it varies is counted in steps.
        units = torch.maximum(deviations[:numbers], steps[:, None, None])
        guessed = self.complete(torch.cat([code / units, told], dim=-1))
        whole = functional.pad(code, (0, len(deviations) - numbers)) + deviations * guessed
        return exactly(self.transform.synthesise, whole)

    def mended(self, linear: Tensor, steps: Tensor) -> Tensor:
        """Pixels of such pixels, (n, H, W, C) to the same."""
        unit = self.transform.unit
        correction = self.correct(linear / unit, self.tell(told_of(steps)))
        return self.transform.mean + linear + unit * correction


def told_of(steps: Tensor) -> Tensor:
    """What networks are told of the size of steps: their logarithm, about -2..2."""
    return steps.log2() + 2.0
