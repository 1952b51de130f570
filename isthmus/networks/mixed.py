"""A network for pictures with numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from isthmus.data.rows import with_channels
from isthmus.errors import BadSetting
from isthmus.networks.dense import perceptron
from isthmus.networks.network import Banks, Network, Site
from isthmus.settings import Range, Widths
from isthmus.spaces import Choice, Space

__all__ = ["Mixed"]

ACTIVATION = "gelu"


class Mixed(Network):
    """Rows that begin with a picture: a network for the picture, dense layers for the numbers.

    ::

        picture ──► network's encoder ──┐                       ┌──► network's decoder ──► picture
                                        ├──► dense ──► message ─┤
        numbers ──► dense ──────────────┘                       └──► dense ──► numbers

    Both halves give as many features as the code is long; dense layers between them see both. The
    numbers go through in the size of pixels: scaled so that both parts vary as much in all, single
    numbers are larger than single pixels by the root of how many more pixels there are.

    Parameters
    ----------
    picture : sequence of int, default=(28, 28)
        Shape of the picture that a row begins with, (H, W) or (H, W, C).
    network : str, mapping or Network, default="dense"
        What takes the picture.
    hidden : sequence of int, default=(256, 256)
        Widths of the layers that take the numbers; the decoder has them in reverse.
    """

    name: ClassVar[str] = "mixed"
    ranges: ClassVar[Mapping[str, Range]] = {"picture": Widths(2), "hidden": Widths(1)}
    search: ClassVar[Mapping[str, Space]] = {
        "hidden": Choice(((64, 64), (256, 256), (512, 512))),
    }

    def __init__(
        self,
        picture: Sequence[int] = (28, 28),
        network: str | Mapping[str, Any] | Network = "dense",
        hidden: Sequence[int] = (256, 256),
    ):
        self.picture = picture
        self.network = network
        self.hidden = hidden

    @property
    def picture_shape(self) -> tuple[int, ...]:
        return tuple(self.picture)

    def build(self, site: Site) -> Banks:
        shape = with_channels(self.picture_shape)
        n_pixels, n_values = prod(shape), prod(site.item_shape)
        if len(site.item_shape) != 1 or n_values <= n_pixels:
            raise BadSetting(
                f"network 'mixed' needs rows of {n_pixels} pixels and some numbers behind them; "
                f"items have shape {site.item_shape}. Make them by isthmus.Parts."
            )
        width, n_numbers = site.encoder_width, n_values - n_pixels
        banks = self.inside(site)["network"].build(_of_picture(site, shape))
        hidden, larger = tuple(self.hidden), (n_pixels / n_numbers) ** 0.5
        given = perceptron((n_numbers, *hidden, width), ACTIVATION)
        both = perceptron((2 * width, hidden[-1], width), ACTIVATION)
        wanted = perceptron((site.decoder_width, *hidden[::-1], n_numbers), ACTIVATION)
        return Banks(
            MixedEncoder(shape, banks.encoder, given, both, larger),
            MixedDecoder(banks.decoder, wanted, larger),
        )

    def inside(self, site: Site) -> Mapping[str, Network]:
        shape = with_channels(self.picture_shape)
        network = Network.resolve(self.network).acting(_of_picture(site, shape))
        if network.skips or network.needs_pca:
            raise BadSetting(
                f"network 'mixed' cannot have {network.name!r} for its picture: it takes networks "
                "that give a short code and begin at nothing, such as 'conv' and 'dense'."
            )
        return {"network": network}


def _of_picture(site: Site, shape: tuple[int, ...]) -> Site:
    """The site of the network that takes the picture."""
    return replace(site, item_shape=shape, seen_shape=None)


class MixedEncoder(nn.Module):
    """Rows to codes, shape (n, n_pixels + p) -> (n, width)."""

    def __init__(
        self,
        shape: tuple[int, ...],
        picture: nn.Module,
        numbers: nn.Module,
        both: nn.Module,
        larger: float,
    ):
        super().__init__()
        self.shape = shape
        self.larger = larger
        self.picture = picture
        self.numbers = numbers
        self.both = both

    @property
    def ends(self) -> tuple[nn.Module, ...]:
        """The modules whose last layers are the last ones."""
        return self.picture, self.numbers, self.both

    def forward(self, rows: Tensor) -> Tensor:
        n_pixels = prod(self.shape)
        picture = self.picture(rows[:, :n_pixels].unflatten(1, self.shape))
        numbers = self.numbers(rows[:, n_pixels:] / self.larger).to(picture.dtype)
        features = torch.cat([picture, numbers], dim=1)
        # Added, so that each part alone says something before both together say more.
        return self.both(features) + picture + numbers


class MixedDecoder(nn.Module):
    """Messages to rows, shape (n, decoder_width) -> (n, n_pixels + p)."""

    def __init__(self, picture: nn.Module, numbers: nn.Module, larger: float):
        super().__init__()
        self.larger = larger
        self.picture = picture
        self.numbers = numbers

    @property
    def ends(self) -> tuple[nn.Module, ...]:
        """The modules whose last layers are the last ones."""
        return self.picture, self.numbers

    def forward(self, message: Tensor) -> Tensor:
        pixels = self.picture(message).flatten(1)
        numbers = self.numbers(message).to(pixels.dtype) * self.larger
        return torch.cat([pixels, numbers], dim=1)
