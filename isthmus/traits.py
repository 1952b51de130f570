"""What an autoencoder's choices and its fit say of it."""

from __future__ import annotations

from typing import Any

from isthmus.codes import Code
from isthmus.corruptions import Corruption
from isthmus.data.parts import Parts
from isthmus.data.rows import with_channels
from isthmus.networks import Network

__all__ = ["Traits"]


class Traits:
    """Properties of `isthmus.autoencoder.Autoencoder` that follow from its arguments or its fit."""

    network: Any
    code: Any
    corruption: Any
    n_components_: int
    item_shape_: tuple[int, ...]
    model_: Any

    @property
    def has_code(self) -> bool:
        """Whether there is a short code; a network with skip connections has none, and restores."""
        return Code.resolve(self.code).short

    @property
    def ordered(self) -> bool:
        """Whether every prefix of the code is a code of its own."""
        return Code.resolve(self.code).ordered

    @property
    def takes_gaps(self) -> bool:
        """Whether items may have missing values (NaN)."""
        return Corruption.resolve(self.corruption).gaps

    @property
    def parts(self) -> Parts | None:
        """Where the picture ends and the numbers behind it begin; None where items are one."""
        picture = Network.resolve(self.network).picture_shape
        return None if picture is None else Parts(tuple(picture))

    @property
    def mixed(self) -> bool:
        """Whether items are pictures with numbers behind them."""
        return self.parts is not None

    @property
    def code_shape_(self) -> tuple[int, ...]:
        """The code as the network sees it: ``(7, 7, 8)`` for feature maps, else ``(k,)``."""
        shape = with_channels(self.item_shape_)
        return Network.resolve(self.network).code_shape(shape, self.n_components_)

    @property
    def n_parameters_(self) -> int:
        """Trained numbers in the model."""
        return sum(parameter.numel() for parameter in self.model_.parameters())

    @property
    def _n_features_out(self) -> int:
        return self.n_components_
