"""Which settings of an autoencoder a search varies, gathered from the tables beside the classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.data.rows import held_out_split, with_channels
from isthmus.networks import Network, Site
from isthmus.spaces import Draws, Space
from isthmus.training import Pace, Training

__all__ = ["SearchSpace", "Searched"]

NETWORK, TRAINING = "network", "training"


@dataclass(frozen=True)
class Searched:
    """One setting that is searched.

    Attributes
    ----------
    space : Space
        Holds what the setting is without a search.
    now : object
        What that is, also where the user left it open.
    """

    space: Space
    now: Any


@dataclass(frozen=True)
class SearchSpace:
    """What is searched of one autoencoder on some items.

    Attributes
    ----------
    slots : Slots
    site : Site
    training : Training
        What was left open being chosen.
    searched : mapping of str to Searched
        By names as scikit-learn gives them: ``training__learning_rate``, and of a network inside
        another ``network__refine__hidden``.
    """

    slots: Slots
    site: Site
    training: Training
    searched: Mapping[str, Searched]

    @classmethod
    def of(cls, ae: Autoencoder, item_shape: tuple[int, ...], n_items: int) -> Self:
        """What is searched where ``ae`` is fitted to so many items of this shape.

        Raises
        ------
        BadSetting
            If a choice in a slot is unknown or out of its range.
        """
        slots, shape = Slots.of(ae), with_channels(item_shape)
        k = ae.n_components or slots.network.natural_components(shape)
        site = slots.site(shape, k)
        training = slots.network.suited(slots.training, shape)
        kept, _ = held_out_split(n_items, training.validation, 0)
        settled = Pace(training, len(kept), shape).settled()
        searched = dict(_of_network(NETWORK, slots.network, site))
        searched |= {
            f"{TRAINING}__{name}": _searched(space, getattr(settled, name))
            for name, space in settled.search.items()
        }
        return cls(slots, site, settled, searched)

    def default(self) -> dict[str, Any]:
        """What is told of the settings as they are."""
        return {name: each.space.told(each.now) for name, each in self.searched.items()}

    def draw(self, trial: Draws) -> dict[str, Any]:
        """Draw a value for each setting; gives what is told of them."""
        return {name: each.space.draw(trial, name) for name, each in self.searched.items()}

    def settings(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of `Autoencoder` for what was told, as JSON can hold them.

        The network is given as a whole, of the training each setting.
        """
        values = {name: self.searched[name].space.value(word) for name, word in told.items()}
        training = {name: each for name, each in values.items() if name.startswith(TRAINING)}
        if len(training) == len(values):
            return training
        return {NETWORK: _changed(NETWORK, self.slots.network, self.site, values), **training}


def _searched(space: Space, now: Any) -> Searched:
    return Searched(space.including(now), now)


def _of_network(path: str, network: Network, site: Site) -> Iterator[tuple[str, Searched]]:
    """What is searched of a network, and of those inside it."""
    acting = network.acting(site)
    for name, space in acting.searched(site).items():
        yield f"{path}__{name}", _searched(space, getattr(acting, name))
    for name, inner in acting.inside(site).items():
        yield from _of_network(f"{path}__{name}", inner, site)


def _changed(path: str, network: Network, site: Site, values: Mapping[str, Any]) -> dict[str, Any]:
    """A network with its values changed, and those of the networks inside it."""
    acting = network.acting(site)
    inside = {
        name: _changed(f"{path}__{name}", inner, site, values)
        for name, inner in acting.inside(site).items()
    }
    own = {
        name: values[f"{path}__{name}"]
        for name in acting.searched(site)
        if f"{path}__{name}" in values
    }
    return acting.to_dict() | inside | own
