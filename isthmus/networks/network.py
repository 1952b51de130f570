"""What shape is the data: the contract of the network slot."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from torch import Tensor, nn

from isthmus.gaussian import Gaussian
from isthmus.guess import Guess
from isthmus.networks.placing import Arrangement
from isthmus.part_codes import PartCodes, PartialComponents
from isthmus.principal import PrincipalComponents
from isthmus.slots import Slot
from isthmus.spaces import Space
from isthmus.waves import Waves

__all__ = ["DEFAULT_COMPONENTS", "Banks", "Network", "Site", "Start"]

DEFAULT_COMPONENTS = 32


@dataclass(frozen=True)
class Start:
    """What a network begins at, computed from the items of a fit; None where it is not needed.

    Attributes
    ----------
    principal : PrincipalComponents or None
        PCA of the scaled training data, for networks with ``needs_pca``; `PartialComponents` where
        items have parts (`Network.picture_shape`).
    waves : Waves or None
        Directions behind PCA's first ones, for networks with `Network.needs_waves`.
    gaussian : Gaussian or None
        The normal distribution of the scaled training data, for networks with ``needs_gaussian``.
    guess : Guess or None
        PCA's guess from what is seen of an item, for networks with `Network.needs_guess`.
    blocks : PrincipalComponents or None
        All of PCA of the rectangles of pixels that `Network.block` wants.
    arrangement : Arrangement or None
        Items with their places on a map, for the network `isthmus.networks.Neighbours`.
    """

    principal: PrincipalComponents | None = None
    waves: Waves | None = None
    gaussian: Gaussian | None = None
    guess: Guess | None = None
    blocks: PrincipalComponents | None = None
    arrangement: Arrangement | None = None

    @classmethod
    def blank(
        cls,
        network: Network,
        item_shape: tuple[int, ...],
        n_components: int,
        waves: Waves | None,
        *,
        flags: bool,
    ) -> Start:
        """One of the right shapes, for a network whose weights are about to be read."""
        n = prod(item_shape)
        gaussian = Gaussian.blank(n) if network.needs_gaussian else None
        guess = Guess.blank(n, flags=flags) if network.needs_guess(item_shape) else None
        side = prod(network.block(item_shape) or ())
        blocks = PrincipalComponents.blank(side, side) if side > 1 else None
        pca = PrincipalComponents.blank(n, n_components)
        if network.picture_shape is not None:
            parts = PartCodes.blank(n_components)
            pca = PartialComponents.of(pca, parts, prod(network.picture_shape))
        return cls(pca, waves, gaussian, guess, blocks)


@dataclass(frozen=True)
class Site:
    """What a network is built for.

    Attributes
    ----------
    item_shape : tuple of int
        ``(p,)`` for a row of numbers, ``(height, width, channels)`` for a picture.
    n_components : int
        Length of the code.
    encoder_width, decoder_width : int
        What the code slot wants from the encoder, and gives to the decoder.
    start : Start
    ordered : bool
        Whether the decoder is given prefixes of codes, each with its 0/1 mask beside it.
    seen_shape : tuple of int or None
        Shape of what the encoder sees of an item, where that is not its own shape.
    beside : int
        Channels that the code slot puts beside what crosses, where that is a picture.
    """

    item_shape: tuple[int, ...]
    n_components: int
    encoder_width: int
    decoder_width: int
    start: Start = Start()
    ordered: bool = False
    seen_shape: tuple[int, ...] | None = None
    beside: int = 0

    @property
    def seen(self) -> tuple[int, ...]:
        """Shape of what the encoder sees of an item."""
        return self.seen_shape or self.item_shape

    @property
    def n_features(self) -> int:
        """Numbers in one item."""
        return prod(self.item_shape)

    @property
    def n_seen(self) -> int:
        """Numbers in what the encoder sees of one."""
        return prod(self.seen)


@dataclass(frozen=True)
class Banks:
    """The two halves: ``encoder`` (n, *seen) -> (n, encoder_width), ``decoder`` (n, *item).

    ``tiling`` says of networks for pictures of any size which multiples of pixels their grids begin
    at, and how many pixels away they look; None is a network for one size. ``deviations`` are those
    of the numbers at each place of the code, where the network knows them, shape (channels,).
    """

    encoder: nn.Module
    decoder: nn.Module
    tiling: tuple[int, int] | None = None
    deviations: Tensor | None = None


class Network(Slot):
    """Builds an encoder and a decoder.

    Attributes
    ----------
    needs_pca, needs_gaussian : bool
        Whether `Start.principal`, or `Start.gaussian`, must be given.
    skips : bool
        Whether everything crosses (skip connections), so that there is no short code: such a
        network restores items, and has items of any size where it has no dense layer.
    """

    needs_pca: ClassVar[bool] = False
    needs_gaussian: ClassVar[bool] = False
    skips: ClassVar[bool] = False

    @abstractmethod
    def build(self, site: Site) -> Banks:
        """Fresh modules, initialised from torch's global source of chance."""

    def acting(self, site: Site) -> Network:
        """The network that is built for such items: this one, or one that it chooses."""
        return self

    def inside(self, site: Site) -> Mapping[str, Network]:
        """The networks that this one is made of, as they act, by the settings that name them."""
        return {}

    def searched(self, site: Site) -> Mapping[str, Space]:
        """What of `search` makes a difference for such items."""
        return self.search

    @property
    def picture_shape(self) -> tuple[int, ...] | None:
        """Of the picture that a row begins with, where items are pictures with numbers behind."""
        return None

    def needs_waves(self, item_shape: tuple[int, ...]) -> bool:
        """Whether `Start.waves` must be given for items of this shape."""
        return False

    def needs_guess(self, item_shape: tuple[int, ...]) -> bool:
        """Whether `Start.guess` must be given for items of this shape."""
        return False

    def block(self, item_shape: tuple[int, ...]) -> tuple[int, int, int] | None:
        """Of which rectangles of pixels, (height, width, channels), `Start.blocks` must be."""
        return None

    def suited(self, training: Any, item_shape: tuple[int, ...]) -> Any:
        """Settings of a fit, what the user left open being chosen for this network.

        Parameters
        ----------
        training : Training
            (Not a type here: training stands above the slots.)
        item_shape : tuple of int
        """
        return training

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        """The code size to use where the user names none."""
        return min(DEFAULT_COMPONENTS, prod(item_shape))

    def code_shape(self, item_shape: tuple[int, ...], n_components: int) -> tuple[int, ...]:
        """The code as the network sees it: ``(7, 7, 8)`` for a code of 392 feature-map values."""
        return (n_components,)
