"""The network that the shape of the data suggests."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from isthmus.networks.conv import Conv
from isthmus.networks.dense import Dense
from isthmus.networks.network import Banks, Network, Site

__all__ = ["Auto"]

# Up to 32x32 grey, dense layers reach a given error sooner than convolutions on a CPU; beyond,
# their first matrix outgrows everything else.
LARGEST_DENSE = 1024


class Auto(Network):
    """Convolutions for pictures with more than 1,024 values, dense layers for the rest."""

    name: ClassVar[str] = "auto"

    def chosen(self, item_shape: tuple[int, ...]) -> Network:
        """The network for items of this shape."""
        if len(item_shape) == 3 and prod(item_shape) > LARGEST_DENSE:
            return Conv()
        return Dense()

    def acting(self, site: Site) -> Network:
        return self.chosen(site.item_shape)

    def build(self, site: Site) -> Banks:
        return self.acting(site).build(site)
