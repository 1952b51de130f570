"""A network for tables that begins at the linear way to fill in gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import ClassVar

import torch
from torch import Tensor, nn

from isthmus.errors import BadSetting
from isthmus.gaussian import Gaussian, conditional_mean
from isthmus.networks.completion import silence_last_layer
from isthmus.networks.dense import perceptron
from isthmus.networks.network import Banks, Network, Site
from isthmus.networks.trust import Trust
from isthmus.settings import Range, Widths
from isthmus.spaces import Choice, Space

__all__ = ["GaussianStart"]

ACTIVATION = "gelu"
# Solving for the hidden columns takes their number cubed for every row.
MOST_COLUMNS = 512


class GaussianStart(Network):
    """``g + s * h(g, flags)``, where g is the row with its gaps filled in by a normal distribution.

    g is each hidden value's conditional mean given the others (`isthmus.gaussian`), s are the
    columns' deviations, h is dense and starts at zero: before training this is the best linear
    imputer. Everything crosses, so there is no short code.

    Parameters
    ----------
    hidden : sequence of int, default=(256, 256)
        Widths of h's hidden layers.
    """

    name: ClassVar[str] = "gaussian-start"
    needs_gaussian: ClassVar[bool] = True
    skips: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {"hidden": Widths(0)}
    search: ClassVar[Mapping[str, Space]] = {
        "hidden": Choice(((64,), (256,), (64, 64), (256, 256), (512, 512))),
    }

    def __init__(self, hidden: Sequence[int] = (256, 256)):
        self.hidden = hidden

    def natural_components(self, item_shape: tuple[int, ...]) -> int:
        return prod(item_shape)

    def build(self, site: Site) -> Banks:
        if len(site.item_shape) != 1 or site.n_features > MOST_COLUMNS:
            raise BadSetting(
                f"network 'gaussian-start' needs rows of at most {MOST_COLUMNS} numbers; items "
                f"have shape {site.item_shape}."
            )
        if site.start.gaussian is None:
            raise BadSetting("network 'gaussian-start' needs the distribution of the data.")
        return Banks(nn.Identity(), FillIn(site.start.gaussian, tuple(self.hidden)))


class FillIn(nn.Module):
    """Rows with flags, shape (n, 2 p), to whole rows, (n, p)."""

    def __init__(self, gaussian: Gaussian, hidden: tuple[int, ...]):
        super().__init__()
        p = len(gaussian.mean)
        self.mean = nn.Buffer(gaussian.mean.double())
        self.covariance = nn.Buffer(gaussian.covariance.double())
        self.adjust = perceptron((2 * p, *hidden, p), ACTIVATION)
        silence_last_layer(self.adjust)
        self.trust = Trust(p)

    def forward(self, seen: Tensor) -> Tensor:
        values, flags = seen.chunk(2, dim=1)
        with torch.no_grad():
            # Twice the digits: the equations are as badly conditioned as the columns are alike.
            filled = conditional_mean(
                values.double(), flags > 0, self.mean.double(), self.covariance.double()
            ).to(values)
            deviations = self.covariance.diagonal().sqrt().to(values)
        adjusted = self.adjust(torch.cat([filled / deviations, flags], dim=1))
        n_columns = filled.new_full((1,), len(deviations))
        return filled + self.trust.of_sizes(n_columns) * flags * deviations * adjusted
