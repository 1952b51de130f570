"""From the choices in the slots to a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import torch

from isthmus.codes import Code
from isthmus.corruptions import Corruption
from isthmus.errors import BadSetting
from isthmus.losses import Term
from isthmus.model import Model
from isthmus.networks import Network, Site, Start
from isthmus.slot_settings import SLOTS
from isthmus.training import Training

__all__ = ["Slots"]


@dataclass(frozen=True)
class Slots:
    """What fills the slots of one autoencoder, each choice checked, and all of them together.

    The fields are named as the arguments of `Autoencoder`.
    """

    network: Network
    code: Code
    corruption: Corruption
    loss: dict[str, Term]
    training: Training

    @classmethod
    def of(cls, ae: Any) -> Self:
        """The slots of an autoencoder. (Not a type here: the estimator stands above its parts.)

        Raises
        ------
        BadSetting
            If a choice is unknown, a setting out of its range, or two choices exclude each other.
        """
        slots = cls(**{name: resolve(getattr(ae, name)) for name, resolve in SLOTS.items()})
        slots._check(ae.n_components)
        return slots

    @property
    def damages_in_tests(self) -> bool:
        """Whether the corruption acts in a test too: what is to be tested is then the restoring."""
        return self.corruption.acts == "always" or not self.code.short

    def require_code(self) -> Code:
        """The code; raises `BadSetting` where none is short."""
        if not self.code.short:
            raise BadSetting(
                "this autoencoder has skip connections, so there is no short code; use restore, or "
                "fit another preset for codes."
            )
        return self.code

    def require_items(self) -> None:
        """Raise `BadSetting` where what comes out is no item."""
        if any(term.ranks for term in self.loss.values()):
            raise BadSetting(
                "this autoencoder recommends: what comes out of it ranks items, and rebuilds none; "
                "use isthmus.Recommender or isthmus recommend, or fit another preset."
            )

    def site(
        self, item_shape: tuple[int, ...], n_components: int, start: Start | None = None
    ) -> Site:
        """What the network is built for; see `build`."""
        return Site(
            item_shape,
            n_components,
            self.code.encoder_width(n_components),
            self.code.decoder_width(n_components),
            start or Start(),
            self.code.ordered,
            self.corruption.seen_shape(item_shape),
            self.code.beside,
        )

    def build(
        self,
        item_shape: tuple[int, ...],
        n_components: int,
        start: Start,
        seed: int,
    ) -> Model:
        """A fresh model, its first weights drawn from ``seed``.

        Parameters
        ----------
        item_shape : tuple of int
            With channels.
        n_components : int
        start : Start
            What the network begins at.
        seed : int
        """
        site = self.site(item_shape, n_components, start)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            banks = self.network.build(site)
            code_shape = self.network.code_shape(item_shape, n_components)
            prior = self.code.prior(code_shape, banks.deviations)
        pca = start.principal
        weights = None if pca is None else self.code.group_weights(pca, n_components)
        return Model(banks, self.code, weights, prior)

    def _check(self, n_components: int | None) -> None:
        network, code, corruption = self.network, self.code, self.corruption
        for term in self.loss.values():
            term.check(code.statistics)
        if network.skips and code.short:
            raise BadSetting(
                f"network {network.name!r} has skip connections: everything crosses, and there is "
                "no short code. To restore items set code='everything'; for codes choose another "
                "network."
            )
        if not code.short and not network.skips:
            raise BadSetting(
                f"code {code.name!r} is for networks with skip connections, and {network.name!r} "
                "has none; choose network='u-net' to restore items, or another code."
            )
        if not code.short and n_components is not None:
            raise BadSetting(
                f"n_components={n_components}, and with network {network.name!r} there is no short "
                "code; leave n_components (-k) out."
            )
        if network.needs_pca and corruption.flags:
            raise BadSetting(
                f"network {network.name!r} begins at PCA of whole items, and corruption "
                f"{corruption.name!r} flags what is hidden; choose network='auto' or 'u-net'."
            )
        if network.needs_gaussian and not corruption.flags:
            raise BadSetting(
                f"network {network.name!r} fills in what is flagged as hidden, and corruption "
                f"{corruption.name!r} flags nothing; choose corruption='cells'."
            )
