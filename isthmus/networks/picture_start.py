"""A network for pictures that begins at a linear map and corrects pictures on either side of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from isthmus.errors import BadSetting
from isthmus.networks.completion import Completion, silence_last_layer
from isthmus.networks.corrector import Corrector, share_of_code
from isthmus.networks.dense import perceptron
from isthmus.networks.network import Banks, Network, Site
from isthmus.networks.reach import Reach
from isthmus.networks.trust import Trust
from isthmus.networks.wave_map import WaveMap
from isthmus.principal import PrincipalComponents
from isthmus.settings import Range, Widths
from isthmus.spaces import Choice, Space
from isthmus.waves import Waves

__all__ = ["PictureStart"]

ACTIVATION = "gelu"
# Pixels a side that are one place for the convolutions, at least: they correct what is large.
FOLD = 4


class PictureStart(Network):
    """PCA and waves each way; dense layers correct the spectrum, convolutions the pictures.

    ::

        a      = T (c + u * f(c / u))           c = x - mean
        code   = a[:k] + s * e(a / s)
        z      = h(code / s)                    all of the spectrum, from what there is of it
        output = mean + r + u * g(r / u)        r = T' (s * z)

    T is a `WaveMap`: PCA's first directions, then cosine waves; s are the deviations along them.
    e is dense and moves what concerns the whole picture, as h does, which completes codes of every
    length (`Completion`). f and g are `Corrector` networks: no weight of theirs depends on the
    place in the picture, so little data is enough. All start at zero. Beyond the farthest item of
    training they fade (`Reach`), and they are off at sizes where they do harm (`Trust`).

    Parameters
    ----------
    widths : sequence of int, default=(16, 32)
        Channels of f's and g's first grid; the second has twice as many.
    blocks : sequence of int, default=(1, 2)
        Residual blocks of the first grid, before and after the second, and of the second.
    hidden : sequence of int, default=(512, 512, 512)
        Widths of the hidden layers of e and of h.
    """

    name: ClassVar[str] = "picture-start"
    needs_pca: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        "widths": Widths(2),
        "blocks": Widths(2),
        "hidden": Widths(1),
    }
    search: ClassVar[Mapping[str, Space]] = {
        "widths": Choice(((8, 16), (16, 32), (24, 48))),
        "hidden": Choice(((256, 256), (512, 512), (512, 512, 512), (1024, 1024))),
    }

    def __init__(
        self,
        widths: Sequence[int] = (16, 32),
        blocks: Sequence[int] = (1, 2),
        hidden: Sequence[int] = (512, 512, 512),
    ):
        self.widths = widths
        self.blocks = blocks
        self.hidden = hidden

    def needs_waves(self, item_shape: tuple[int, ...]) -> bool:
        return len(item_shape) == 3

    def build(self, site: Site) -> Banks:
        if len(site.item_shape) != 3:
            raise BadSetting(
                f"network 'picture-start' needs pictures (n, H, W) or (n, H, W, C); items have "
                f"shape {site.item_shape}. Choose network='pca-start'."
            )
        if site.start.principal is None or site.start.waves is None:
            raise BadSetting("network 'picture-start' needs the PCA of the training data.")
        if not fits(site):
            raise BadSetting(
                "network 'picture-start' gives plain and ordered codes; choose network='conv'."
            )
        hidden = tuple(self.hidden)
        blocks = (self.blocks[0], self.blocks[1])
        encoder, decoder = (
            PictureBase(
                site,
                site.start.principal,
                site.start.waves,
                Corrector(site.item_shape, width, blocks, FOLD),
            )
            for width in self.widths
        )
        return Banks(PictureEncoder(encoder, hidden), PictureDecoder(decoder, hidden))


def fits(site: Site) -> bool:
    """Whether the code asks for nothing but numbers, and perhaps a mask beside them."""
    k = site.n_components
    return site.encoder_width == k and site.decoder_width == (2 * k if site.ordered else k)


class PictureBase(nn.Module):
    """What both halves have: the map, how to correct pictures, and when not to."""

    def __init__(self, site: Site, pca: PrincipalComponents, waves: Waves, correct: Corrector):
        super().__init__()
        self.n_components = site.n_components
        self.map = WaveMap(site.item_shape, pca, waves)
        self.correct = correct
        self.reach = Reach()
        self.trust = Trust(site.n_components)
        self.mean = nn.Buffer(torch.from_numpy(pca.mean).float())
        unit = (pca.total_variance / math.prod(site.item_shape)) ** 0.5
        self.unit = nn.Buffer(torch.tensor(max(unit, 1e-12)))

    def correction(self, centred: Tensor, told: Tensor | None = None) -> Tensor:
        """What corrects centred pictures, shape (n, H * W * C)."""
        return self.correct.of_rows(centred, self.unit, told)


class PictureEncoder(nn.Module):
    """``(T (c + u * f(c / u)))[:k] + s * e(..)``."""

    def __init__(self, base: PictureBase, hidden: tuple[int, ...]):
        super().__init__()
        self.base = base
        self.adjust = perceptron((base.map.n_directions, *hidden, base.n_components), ACTIVATION)
        silence_last_layer(self.adjust)

    def forward(self, x: Tensor) -> Tensor:
        base, k = self.base, self.base.n_components
        centred = x.flatten(1) - base.mean
        weight = base.reach(centred) * base.trust.of_numbers()
        start = exactly(base.map.analyse, centred)[:, :k]
        spectrum = exactly(base.map.analyse, centred + base.correction(centred))
        moved = spectrum[:, :k] - start
        moved = moved + base.map.deviations[:k] * self.adjust(spectrum / base.map.deviations)
        return start + weight * moved


class PictureDecoder(nn.Module):
    """``mean + r + u * g(r / u)``; g is told which share of the code there is."""

    def __init__(self, base: PictureBase, hidden: tuple[int, ...]):
        super().__init__()
        self.base = base
        k, n_directions = base.n_components, base.map.n_directions
        self.complete = Completion(k, n_directions, hidden, ACTIVATION)

    def forward(self, message: Tensor) -> Tensor:
        base, k = self.base, self.base.n_components
        z = message[:, :k] / base.map.deviations[:k]
        mask = message[:, k:] if message.shape[1] > k else torch.ones_like(z)
        sizes = mask.sum(1)
        weight = base.reach(z) * base.trust.of_sizes(sizes)
        start = nn.functional.pad(z, (0, base.map.n_directions - k))
        z = torch.lerp(start, self.complete(z, mask), weight)
        rebuilt = exactly(base.map.synthesise, z * base.map.deviations)
        output = base.mean + rebuilt + weight * base.correction(rebuilt, share_of_code(sizes, k))
        return output.unflatten(1, base.map.item_shape)


def exactly(apply: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """In float32 whatever the rest is in: rounding here would be rounding of the code."""
    with torch.autocast(x.device.type, enabled=False):
        return apply(x if x.dtype == torch.float64 else x.float())
