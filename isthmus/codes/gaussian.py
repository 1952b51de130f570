"""The code of a variational autoencoder."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from isthmus.codes.code import Code, Crossing

__all__ = ["Gaussian"]

# exp(-10) is a standard deviation under 0.7 %, exp(10) one over 148: neither is ever useful, and
# both keep float32 finite in the first steps.
LOG_VARIANCE_LIMIT = 10.0


class Gaussian(Code):
    """A mean and a log variance per number; training samples, ``transform`` gives the mean.

    Kingma and Welling, "Auto-encoding variational Bayes" (2014): c = m + s * epsilon.
    """

    name: ClassVar[str] = "gaussian"
    statistics: ClassVar[frozenset[str]] = frozenset({"mean", "log_variance"})

    def encoder_width(self, n_components: int) -> int:
        return 2 * n_components

    def code(self, raw: Tensor) -> Tensor:
        return raw.chunk(2, dim=1)[0]

    def cross(self, raw: Tensor, generator: torch.Generator | None) -> Crossing:
        mean, log_variance = raw.chunk(2, dim=1)
        log_variance = log_variance.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT)
        noise = torch.randn(mean.shape, generator=generator).to(mean)
        code = mean + (0.5 * log_variance).exp() * noise
        return Crossing(code, code, {"mean": mean, "log_variance": log_variance})

    def sample(self, n: int, n_components: int, generator: torch.Generator) -> Tensor:
        return torch.randn((n, n_components), generator=generator)
