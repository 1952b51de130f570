"""A network for pictures that begins at a linear map and corrects pictures on either side of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from isthmus.errors import BadSetting
from isthmus.networks.corrector import Corrector
from isthmus.networks.network import Banks, Network, Site
from isthmus.networks.reach import Reach
from isthmus.networks.wave_map import WaveMap
from isthmus.settings import Range, Widths

__all__ = ["PictureStart"]

# The size of a correction, in root mean squares of a value.
UNIT = 1.0


class PictureStart(Network):
    """PCA and waves each way, and convolutions that correct pictures before and after.

    ::

        code   = A (c + u * f(c / u))        c = x - mean
        output = mean + r + u * g(r / u)     r = A' code

    A is a `WaveMap`: PCA's first directions, then cosine waves. f and g are `Corrector` networks
    that start at zero. g completes what a code of any length leaves out, from what it gives: every
    prefix of a code gives a picture. No weight depends on the place in the picture, so little data
    is enough.

    Parameters
    ----------
    widths : sequence of int, default=(32, 64)
        Channels of f's and g's first grid; the second has twice as many.
    blocks : sequence of int, default=(1, 2)
        Residual blocks of the first grid, before and after the second, and of the second.
    """

    name: ClassVar[str] = "picture-start"
    needs_pca: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {"widths": Widths(2), "blocks": Widths(2)}

    def __init__(self, widths: Sequence[int] = (32, 64), blocks: Sequence[int] = (1, 2)):
        self.widths = widths
        self.blocks = blocks

    def needs_waves(self, item_shape: tuple[int, ...]) -> bool:
        return True

    def build(self, site: Site) -> Banks:
        if len(site.item_shape) != 3:
            raise BadSetting(
                f"network 'picture-start' needs pictures (n, H, W) or (n, H, W, C); items have "
                f"shape {site.item_shape}. Choose network='pca-start'."
            )
        if site.principal is None or site.waves is None:
            raise BadSetting("network 'picture-start' needs the PCA of the training data.")
        if not fits(site):
            raise BadSetting(
                "network 'picture-start' gives plain and ordered codes; choose network='conv'."
            )
        mean = torch.from_numpy(site.principal.mean).float()
        n_values = math.prod(site.item_shape)
        unit = max(UNIT * (site.principal.total_variance / n_values) ** 0.5, 1e-12)
        blocks = (self.blocks[0], self.blocks[1])
        halves = []
        for half, width in zip((PictureEncoder, PictureDecoder), self.widths, strict=True):
            start = WaveMap(site.item_shape, site.n_components, site.principal, site.waves)
            correct = Corrector(site.item_shape, width, blocks)
            halves.append(half(start, correct, mean.clone(), unit))
        return Banks(*halves)


def fits(site: Site) -> bool:
    """Whether the code asks for nothing but numbers, and perhaps a mask beside them."""
    k = site.n_components
    return site.encoder_width == k and site.decoder_width == (2 * k if site.ordered else k)


class PictureHalf(nn.Module):
    """What both halves have."""

    def __init__(self, start: WaveMap, correct: Corrector, mean: Tensor, unit: float):
        super().__init__()
        self.start = start
        self.correct = correct
        self.reach = Reach()
        self.mean = nn.Buffer(mean)
        self.unit = nn.Buffer(torch.tensor(unit))

    def corrected(self, centred: Tensor, told: Tensor | None = None) -> Tensor:
        """Centred pictures and what corrects them, shape (n, H * W * C)."""
        pictures = (centred / self.unit).unflatten(1, self.start.item_shape)
        correction = self.correct(pictures, told).flatten(1)
        return centred + self.reach(centred) * self.unit * correction


class PictureEncoder(PictureHalf):
    """``A (c + u * f(c / u))``."""

    def forward(self, x: Tensor) -> Tensor:
        corrected = self.corrected(x.flatten(1) - self.mean)
        return exactly(self.start.analyse, corrected)


class PictureDecoder(PictureHalf):
    """``mean + r + u * g(r / u)``; g is told which share of the code there is."""

    def forward(self, message: Tensor) -> Tensor:
        k = self.start.n_components
        rebuilt = exactly(self.start.synthesise, message[:, :k])
        told = None
        if message.shape[1] > k:
            told = message[:, k:].sum(1, keepdim=True).clamp(min=1.0).log() / math.log(k + 1)
        return (self.mean + self.corrected(rebuilt, told)).unflatten(1, self.start.item_shape)


def exactly(apply: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """In float32 whatever the rest is in: rounding here would be rounding of the code."""
    with torch.autocast(x.device.type, enabled=False):
        return apply(x if x.dtype == torch.float64 else x.float())
