"""Maps: items placed by those that are like them, and places decoded by waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

from isthmus.errors import BadSetting
from isthmus.networks.activations import ACTIVATIONS, activation
from isthmus.networks.looks import Looks
from isthmus.networks.network import Banks, Network, Site
from isthmus.networks.placing import Arrangement, Placing
from isthmus.settings import Interval, Names, Range, Widths
from isthmus.spaces import Choice, IntLog, Space

__all__ = ["Neighbours"]

MOST_DIMENSIONS = 3
# Numbers of PCA by which items are compared.
OF_PICTURES, OF_ROWS = 64, 30
# Deviation of the waves' frequencies at first, in radians on a map whose deviation is one.
FREQUENCY = 3.0


class Waves(nn.Module):
    """Places, and waves over the map in learnt directions, (n, d) -> (n, d + 2 count).

    Layers alone find only coarse forms of a map in the time that there is: Tancik et al., "Fourier
    features let networks learn high frequency functions" (NeurIPS 2020).
    """

    def __init__(self, n_dimensions: int, count: int):
        super().__init__()
        self.frequencies = nn.Parameter(FREQUENCY * torch.randn(n_dimensions, count))

    def forward(self, places: Tensor) -> Tensor:
        phases = places @ self.frequencies
        return torch.cat([places, phases.sin(), phases.cos()], 1)


class Neighbours(Network):
    """A map of items: codes of two or three numbers at which like items lie together.

    The encoder is not learnt by steps: it keeps the items that were arranged, with their places
    (`isthmus.arranging`), and places others by the nearest of them. The decoder is.

    Parameters
    ----------
    numbers : int, optional
        Numbers of PCA by which items are compared; left out, 64 of pictures and 30 of rows. More
        tell pictures better apart, and of rows they are noise.
    waves : int, default=64
        Of the decoder.
    rebuild : sequence of int, default=(256, 256)
        Hidden widths of the decoder behind its waves.
    activation : str, default="gelu"
    """

    name: ClassVar[str] = "neighbours"
    ranges: ClassVar[Mapping[str, Range]] = {
        "numbers": Interval(int, 1, optional=True),
        "waves": Interval(int, 1),
        "rebuild": Widths(),
        "activation": Names(tuple(ACTIVATIONS)),
    }
    search: ClassVar[Mapping[str, Space]] = {
        "waves": IntLog(16, 256),
        "rebuild": Choice(((256,), (128, 128), (256, 256), (512, 512))),
    }

    def __init__(
        self,
        numbers: int | None = None,
        waves: int = 64,
        rebuild: Sequence[int] = (256, 256),
        activation: str = "gelu",
    ):
        self.numbers = numbers
        self.waves = waves
        self.rebuild = rebuild
        self.activation = activation

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        return 2

    def compared(self, item_shape: tuple[int, ...]) -> int:
        """Numbers by which items of a shape are compared."""
        if self.numbers is not None:
            return self.numbers
        return OF_PICTURES if len(item_shape) == 3 else OF_ROWS

    def check_dimensions(self, n_components: int) -> None:
        """Raise `BadSetting` where a map cannot have so many."""
        if n_components > MOST_DIMENSIONS:
            raise BadSetting(
                f"n_components={n_components}, and a map has at most {MOST_DIMENSIONS} "
                "dimensions; leave it out, or choose another network."
            )

    def build(self, site: Site) -> Banks:
        self.check_dimensions(site.n_components)
        looks = Looks(site.item_shape)
        start = site.start.arrangement
        if start is None:
            # Its items come with the weights that are about to be read.
            numbers = self.compared(site.item_shape)
            start = Arrangement.of_one(looks.count, numbers, site.n_components)
        widths = (site.decoder_width + 2 * self.waves, *self.rebuild, site.n_features)
        layers: list[nn.Module] = []
        for given, wanted in pairwise(widths):
            layers += [nn.Linear(given, wanted), activation(self.activation)]
        decoder = nn.Sequential(
            Waves(site.decoder_width, self.waves),
            *layers[:-1],
            nn.Unflatten(1, site.item_shape),
        )
        return Banks(Placing(looks, start), decoder)
