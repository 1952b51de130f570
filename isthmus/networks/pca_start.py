"""A network that begins exactly at PCA and learns what PCA cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from isthmus.errors import BadSetting
from isthmus.networks.auto import Auto
from isthmus.networks.completion import Completion, silence_last_layer
from isthmus.networks.conv import Conv
from isthmus.networks.corrector import Corrector, share_of_code
from isthmus.networks.network import Banks, Network, Site
from isthmus.networks.partial import Partial
from isthmus.networks.picture_start import PictureStart, fits
from isthmus.networks.reach import Reach
from isthmus.networks.trust import Trust
from isthmus.part_codes import PartialComponents
from isthmus.principal import PrincipalComponents, usable_deviations
from isthmus.settings import Interval, Range, Widths
from isthmus.spaces import Choice, Space

__all__ = ["PCAStart"]

# A linear correction is trained along while it is small; beyond, its gradients would cost more than
# everything else, and the nonlinear part can do the same.
LARGEST_TRAINED = 2_000_000
# The size of a nonlinear correction, in root mean squares of a feature.
UNIT = 4.0
ACTIVATION = "gelu"
# Residual blocks of the convolutions on each of their two grids. More of them gain less than the
# steps that they cost.
BLOCKS = (1, 0)
# Hidden layers of a completion, and their width in code lengths, between two ends.
GUESS_LAYERS, GUESS_WIDTH, GUESS_BETWEEN = 3, 6, (64, 384)


class PCAStart(Network):
    """PCA each way plus a nonlinear part that starts at zero.

    ::

        code   = P (x - mean) + s * f((x - mean) / u)
        z      = h(code / s)
        r      = P' (s * z) + u * g(z, rest of the message)
        output = mean + r + u * c(r / u)

    P holds the principal directions, s the standard deviation along each, u four times the root
    mean square of a feature (on held-out digits better than once or twice). For ordered codes h
    completes prefixes (`Completion`), else it is the identity. For pictures c is a `Corrector`: its
    convolutions know what neighbouring pixels look like. The last layers of all these start at
    zero, so the untrained network *is* PCA, at every prefix of the code. While they are small,
    linear corrections of P and P' are trained beside f and g. Beyond the farthest item of training
    all of them fade (`Reach`), and they are off at sizes where they do harm (`Trust`).

    Parameters
    ----------
    refine : str, mapping or Network, default="auto"
        The network whose encoder is f and whose decoder is g; for larger pictures "auto" builds a
        `PictureStart` instead.
    completion : sequence of int or None, default=None
        Widths of h's hidden layers; None takes three, of six times the code's length each, at
        least 64 and at most 384.
    convolutions : int, default=16
        Channels of c; with 0 pictures are treated as rows of numbers.
    """

    name: ClassVar[str] = "pca-start"
    needs_pca: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        "completion": Widths(1, optional=True),
        "convolutions": Interval(int, 0),
    }
    search: ClassVar[Mapping[str, Space]] = {"convolutions": Choice((0, 8, 16, 32))}

    def __init__(
        self,
        refine: str | Mapping[str, Any] | Network = "auto",
        completion: Sequence[int] | None = None,
        convolutions: int = 16,
    ):
        self.refine = refine
        self.completion = completion
        self.convolutions = convolutions

    @property
    def picture_shape(self) -> tuple[int, ...] | None:
        return Network.resolve(self.refine).picture_shape

    def needs_waves(self, item_shape: tuple[int, ...]) -> bool:
        inner = Network.resolve(self.refine)
        return isinstance(inner, Auto) and isinstance(inner.chosen(item_shape), Conv)

    def acting(self, site: Site) -> Network:
        return PictureStart() if self.needs_waves(site.item_shape) and fits(site) else self

    def inside(self, site: Site) -> Mapping[str, Network]:
        return {"refine": Network.resolve(self.refine).acting(site)}

    def searched(self, site: Site) -> Mapping[str, Space]:
        return self.search if len(site.item_shape) == 3 else {}

    def build(self, site: Site) -> Banks:
        if site.start.principal is None:
            raise BadSetting("network 'pca-start' needs the PCA of the training data.")
        acting = self.acting(site)
        if acting is not self:
            return acting.build(site)
        banks = self.inside(site)["refine"].build(site)
        for bank in (banks.encoder, banks.decoder):
            silence_last_layer(bank)
        k = site.n_components
        scales = Scales.of(site.start.principal, k)
        complete = Completion(k, k, self._completion(k), ACTIVATION) if site.ordered else None
        pca = site.start.principal
        partial = Partial(pca) if isinstance(pca, PartialComponents) else None
        return Banks(
            PCAEncoder(site, scales, banks.encoder, partial),
            PCADecoder(site, scales, banks.decoder, complete, self._corrector(site)),
        )

    def _corrector(self, site: Site) -> Corrector | None:
        if len(site.item_shape) != 3 or not self.convolutions:
            return None
        return Corrector(site.item_shape, self.convolutions, BLOCKS)

    def _completion(self, n_components: int) -> tuple[int, ...]:
        if self.completion is not None:
            return tuple(self.completion)
        width = min(max(GUESS_WIDTH * n_components, GUESS_BETWEEN[0]), GUESS_BETWEEN[1])
        return (width,) * GUESS_LAYERS


class Scales:
    """Float32 tensors of the PCA, padded with zeros where the data have fewer directions."""

    def __init__(self, mean: Tensor, directions: Tensor, deviations: Tensor, unit: float):
        self.mean = mean
        self.directions = directions
        self.deviations = deviations
        self.unit = unit

    @classmethod
    def of(cls, principal: PrincipalComponents, n_components: int) -> Scales:
        directions = torch.zeros(n_components, len(principal.mean))
        found = len(principal.directions)
        directions[:found] = torch.from_numpy(principal.directions).float()
        variances = np.zeros(n_components)
        variances[:found] = principal.variances
        unit = max(UNIT * (principal.total_variance / len(principal.mean)) ** 0.5, 1e-12)
        mean = torch.from_numpy(principal.mean).float()
        deviations = torch.from_numpy(usable_deviations(variances)).float()
        return cls(mean, directions, deviations, unit)


class BesidePCA(nn.Module):
    """What both halves have: the PCA, a network beside it, and where and how far that is used."""

    def __init__(self, site: Site, scales: Scales, refine: nn.Module):
        super().__init__()
        self.item_shape = site.item_shape
        self.refine = refine
        self.reach = Reach()
        self.trust = Trust(site.n_components)
        self.n_components = site.n_components
        self.unit = nn.Buffer(torch.tensor(scales.unit))
        self.directions = nn.Buffer(scales.directions.clone())
        self.mean = nn.Buffer(scales.mean.clone())
        self.deviations = nn.Buffer(scales.deviations.clone())


class PCAEncoder(BesidePCA):
    """``P (x - mean) + s * f((x - mean) / u)``; a code's further numbers come from f alone."""

    def __init__(self, site: Site, scales: Scales, refine: nn.Module, partial: Partial | None):
        super().__init__(site, scales, refine)
        self.adjust = adjustment(site.n_features, site.n_components)
        self.partial = partial

    def forward(self, x: Tensor) -> Tensor:
        centred = x.flatten(1) - self.mean
        refined = self.refine((centred / self.unit).unflatten(1, self.item_shape))
        k = self.n_components
        correction = self.deviations * refined[:, :k]
        if self.adjust is not None:
            correction = correction + self.adjust(centred)
        near = self.reach(centred)
        code = centred @ self.directions.T
        if self.partial is not None:
            code = self.partial(x, code)
        code = code + near * self.trust.of_numbers() * correction
        return code if refined.shape[1] == k else torch.cat([code, near * refined[:, k:]], dim=1)


class PCADecoder(BesidePCA):
    """``mean + r + u * c(r / u)``, r is ``P' (s * z) + u * g(z, rest)``, z ``h(code / s)``."""

    def __init__(
        self,
        site: Site,
        scales: Scales,
        refine: nn.Module,
        complete: Completion | None,
        correct: Corrector | None,
    ):
        super().__init__(site, scales, refine)
        self.complete = complete
        self.correct = correct
        self.adjust = adjustment(site.n_components, site.n_features)

    def forward(self, message: Tensor) -> Tensor:
        k = self.n_components
        z, rest = message[:, :k] / self.deviations, message[:, k:]
        sizes = z.new_full((len(z),), k) if self.complete is None else rest.sum(1)
        weight = self.reach(z) * self.trust.of_sizes(sizes)
        if self.complete is not None:
            z = torch.lerp(z, self.complete(z, rest), weight)
        correction = self.unit * self.refine(torch.cat([z, rest], dim=1)).flatten(1)
        if self.adjust is not None:
            correction = correction + self.adjust(z * self.deviations)
        rebuilt = (z * self.deviations) @ self.directions + weight * correction
        if self.correct is not None:
            told = share_of_code(sizes, k)
            rebuilt = rebuilt + weight * self.correct.of_rows(rebuilt, self.unit, told)
        return (self.mean + rebuilt).unflatten(1, self.item_shape)


def adjustment(given: int, wanted: int) -> nn.Linear | None:
    """A linear correction of PCA, zero at first; None where it would cost too much."""
    if given * wanted > LARGEST_TRAINED:
        return None
    layer = nn.Linear(given, wanted)
    silence_last_layer(layer)
    return layer
