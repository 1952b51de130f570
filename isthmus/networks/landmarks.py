"""Maps: items placed by the landmarks that are like them, and places decoded by waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from isthmus.errors import BadSetting
from isthmus.networks.activations import ACTIVATIONS, activation
from isthmus.networks.network import Banks, Network, Site
from isthmus.settings import Interval, Names, Range, Widths

__all__ = ["Arrangement", "Landmarks", "Looks"]

# Edges of pictures are averaged over squares of twice this side.
POOL = 3
ROOT_HALF = 0.5**0.5
MOST_DIMENSIONS = 3
# Deviation of the waves' frequencies at first, in radians on a map whose deviation is one.
FREQUENCY = 3.0


@dataclass(frozen=True)
class Arrangement:
    """What a map begins at: PCA of what items look like, and landmarks with their places.

    Attributes
    ----------
    mean : Tensor, shape (q,)
    directions : Tensor, shape (m, q)
        Of what `Looks` sees.
    edges : float
        What edges count beside pixels.
    landmarks : Tensor, shape (n_landmarks, m)
    places : Tensor, shape (n_landmarks, d)
    sharpness : float
        One over the squared distance at which a landmark is no longer near.
    """

    mean: Tensor
    directions: Tensor
    edges: float
    landmarks: Tensor
    places: Tensor
    sharpness: float


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


class Placing(nn.Module):
    """An item lies at the mean of landmarks' places, each weighed by how near it is.

    Nadaraya-Watson regression that learns its landmarks, their places and what near means; it
    begins at items whose places are known, and the layer that moves items begins at nothing.
    """

    def __init__(self, looks: Looks, start: Arrangement, hidden: int):
        super().__init__()
        self.looks = looks
        looks.edges.fill_(start.edges)
        m = len(start.directions)
        self.project = nn.Linear(len(start.mean), m)
        self.project.weight.data.copy_(start.directions)
        self.project.bias.data.copy_(-start.directions @ start.mean)
        self.size = nn.Buffer(start.landmarks.std().clamp_min(1e-12))
        last = nn.Linear(hidden, m)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.move = nn.Sequential(nn.Linear(m, hidden), nn.GELU(), last)
        self.landmarks = nn.Parameter(start.landmarks.clone())
        self.places = nn.Parameter(start.places.clone())
        self.reach = nn.Parameter(torch.zeros(len(start.landmarks)))
        self.sharpness = nn.Parameter(torch.tensor(start.sharpness).log())

    def forward(self, items: Tensor) -> Tensor:
        seen = self.project(self.looks(items))
        seen = seen + self.size * self.move(seen / self.size)
        # What all landmarks have in common, the item's own square, falls out of the shares.
        near = 2 * seen @ self.landmarks.T - self.landmarks.square().sum(1)
        return (self.sharpness.exp() * near + self.reach).softmax(1) @ self.places


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


class Landmarks(Network):
    """A map of items: codes of two or three numbers at which like items lie together.

    Parameters
    ----------
    landmarks : int, default=4096
        Items that others are compared with.
    numbers : int, default=64
        Numbers of PCA by which they are.
    hidden : int, default=256
        Width of the layer that moves items before.
    waves : int, default=64
        Of the decoder.
    rebuild : sequence of int, default=(256, 512)
        Hidden widths of the decoder behind its waves.
    activation : str, default="gelu"
    """

    name: ClassVar[str] = "landmarks"
    ranges: ClassVar[Mapping[str, Range]] = {
        "landmarks": Interval(int, 1),
        "numbers": Interval(int, 1),
        "hidden": Interval(int, 1),
        "waves": Interval(int, 1),
        "rebuild": Widths(),
        "activation": Names(tuple(ACTIVATIONS)),
    }

    def __init__(
        self,
        landmarks: int = 4096,
        numbers: int = 64,
        hidden: int = 256,
        waves: int = 64,
        rebuild: Sequence[int] = (256, 512),
        activation: str = "gelu",
    ):
        self.landmarks = landmarks
        self.numbers = numbers
        self.hidden = hidden
        self.waves = waves
        self.rebuild = rebuild
        self.activation = activation

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        return 2

    def blank(self, item_shape: tuple[int, ...], n_components: int) -> Arrangement:
        """An arrangement of the right shapes, for a network whose weights are about to be read."""
        n_seen = Looks(item_shape)(torch.zeros(1, *item_shape)).shape[1]
        m = min(self.numbers, n_seen)
        return Arrangement(
            torch.zeros(n_seen),
            torch.zeros(m, n_seen),
            1.0,
            torch.zeros(self.landmarks, m),
            torch.zeros(self.landmarks, n_components),
            1.0,
        )

    def check_dimensions(self, n_components: int) -> None:
        """Raise `BadSetting` where a map cannot have so many."""
        if n_components > MOST_DIMENSIONS:
            raise BadSetting(
                f"n_components={n_components}, and a map has at most {MOST_DIMENSIONS} "
                "dimensions; leave it out, or choose another network."
            )

    def build(self, site: Site) -> Banks:
        self.check_dimensions(site.n_components)
        start = site.start.arrangement
        if start is None:
            start = self.blank(site.item_shape, site.n_components)
        widths = (site.decoder_width + 2 * self.waves, *self.rebuild, site.n_features)
        layers: list[nn.Module] = []
        for given, wanted in pairwise(widths):
            layers += [nn.Linear(given, wanted), activation(self.activation)]
        decoder = nn.Sequential(
            Waves(site.decoder_width, self.waves),
            *layers[:-1],
            nn.Unflatten(1, site.item_shape),
        )
        return Banks(Placing(Looks(site.item_shape), start, self.hidden), decoder)
