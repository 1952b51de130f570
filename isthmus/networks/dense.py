"""Fully connected networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from isthmus.networks.activations import ACTIVATIONS, activation
from isthmus.networks.network import Banks, Network, Site
from isthmus.settings import Flag, Interval, Names, Range, Widths
from isthmus.spaces import Choice, Space

__all__ = ["Dense", "Linear", "perceptron"]


def perceptron(widths: Sequence[int], hidden: str, output: str = "linear") -> nn.Sequential:
    """Fully connected layers through ``widths``, He-initialised for the ReLU family."""
    modules: list[nn.Module] = []
    for i, (given, wanted) in enumerate(pairwise(widths)):
        last = i == len(widths) - 2
        layer = nn.Linear(given, wanted)
        nn.init.kaiming_normal_(layer.weight, nonlinearity="linear" if last else "relu")
        nn.init.zeros_(layer.bias)
        modules += [layer, activation(output if last else hidden)]
    return nn.Sequential(*modules)


class Dense(Network):
    """Fully connected layers, the decoder mirroring the encoder.

    Parameters
    ----------
    hidden : sequence of int, default=(512, 512)
        Widths of the encoder's hidden layers; the decoder has them in reverse.
    activation : str, default="gelu"
        After every hidden layer.
    output : str, default="linear"
        After the last layer of the decoder.
    unit_length : bool, default=False
        Whether the encoder sees each row divided by its Euclidean length, so that what a user of
        many items likes looks like what one of few likes: Liang et al., "Variational autoencoders
        for collaborative filtering" (WWW 2018). A row of zeros stays.
    components_per_feature : float or None, default=None
        Code length where the user names none, in numbers per feature: above 1 the code is
        overcomplete. None gives the usual 32.
    """

    name: ClassVar[str] = "dense"
    ranges: ClassVar[Mapping[str, Range]] = {
        "hidden": Widths(),
        "components_per_feature": Interval(float, 0.0, closed="neither", optional=True),
        "unit_length": Flag(),
        "activation": Names(tuple(ACTIVATIONS)),
        "output": Names(tuple(ACTIVATIONS)),
    }
    search: ClassVar[Mapping[str, Space]] = {
        "hidden": Choice(
            ((64,), (256,), (512,), (64, 64), (256, 256), (512, 512), (1024, 512), (512, 512, 512))
        ),
        "activation": Choice(("gelu", "relu", "silu", "tanh")),
    }

    def __init__(
        self,
        hidden: Sequence[int] = (512, 512),
        activation: str = "gelu",
        output: str = "linear",
        unit_length: bool = False,
        components_per_feature: float | None = None,
    ):
        self.hidden = hidden
        self.activation = activation
        self.output = output
        self.unit_length = unit_length
        self.components_per_feature = components_per_feature

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        if self.components_per_feature is None:
            return super().natural_components(item_shape)
        return max(1, round(self.components_per_feature * prod(item_shape)))

    def build(self, site: Site) -> Banks:
        hidden = tuple(self.hidden)
        down = perceptron((site.n_seen, *hidden, site.encoder_width), self.activation)
        up = perceptron(
            (site.decoder_width, *hidden[::-1], site.n_features), self.activation, self.output
        )
        first = [UnitLength()] if self.unit_length else []
        return Banks(
            nn.Sequential(nn.Flatten(), *first, *down),
            nn.Sequential(*up, nn.Unflatten(1, site.item_shape)),
        )


class UnitLength(nn.Module):
    """Rows divided by their Euclidean lengths, shape (n, p)."""

    def forward(self, rows: Tensor) -> Tensor:
        return functional.normalize(rows)


class Linear(Network):
    """One matrix each way.

    With squared error and a code shorter than the data the best such network spans PCA's subspace,
    though not by PCA's axes. Baldi and Hornik, "Neural networks and principal component analysis"
    (Neural Networks, 1989).
    """

    name: ClassVar[str] = "linear"

    def build(self, site: Site) -> Banks:
        encoder = nn.Linear(site.n_seen, site.encoder_width)
        decoder = nn.Linear(site.decoder_width, site.n_features)
        for layer in (encoder, decoder):
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)
        return Banks(
            nn.Sequential(nn.Flatten(), encoder),
            nn.Sequential(decoder, nn.Unflatten(1, site.item_shape)),
        )
