"""Terms that compare what came out with what should have.

Writing x for the target, y for the output and w for the weights, with d features:

- ``mse``:      sum_i w_i (x_i - y_i)^2
- ``bce``:      sum_i -w_i (x_i log y_i + (1 - x_i) log(1 - y_i)), for values in 0..1
- ``gaussian``: the negative log-likelihood of a Gaussian whose one variance is the batch's own mean
  squared error, its maximum-likelihood value: d/2 log(mean_i (x_i - y_i)^2). Rybkin, Daniilidis and
  Levine, "Simple and effective VAE training with calibrated decoders" (ICML 2021), eq. 6.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from isthmus.errors import BadSetting
from isthmus.losses.record import Record
from isthmus.losses.term import Term

__all__ = ["BinaryCrossEntropy", "GaussianLikelihood", "SquaredError"]

# A perfect fit has no finite likelihood; float32 cannot tell smaller variances from it anyway.
SMALLEST_VARIANCE = 1e-9


def sum_features(values: Tensor, weight: Tensor | None) -> Tensor:
    if weight is not None:
        values = values * weight
    return values.sum() / len(values)


class SquaredError(Term):
    """Squared error, summed over features, averaged over samples."""

    name: ClassVar[str] = "mse"

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        if record.weight is None:
            # One fused kernel: the step costs what the bare one does.
            error = functional.mse_loss(record.output, record.target, reduction="sum")
            return error / len(record.target)
        return sum_features((record.output - record.target).square(), record.weight)


class BinaryCrossEntropy(Term):
    """Binary cross-entropy for targets and outputs in 0..1, summed over features."""

    name: ClassVar[str] = "bce"

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        for what, values in (("targets", record.target), ("outputs", record.output)):
            low, high = torch.aminmax(values.detach())
            if not (low >= 0 and high <= 1):
                raise BadSetting(
                    f"the loss 'bce' needs values between 0 and 1, and {what} lie in {low:.3g} to "
                    f"{high:.3g}; give pixels and end the network with output='sigmoid', or choose "
                    "loss='mse'."
                )
        # Keras clips at 1e-7; torch clips the logarithm at -100. Neither is reached in practice,
        # and the second keeps the gradient.
        values = functional.binary_cross_entropy(record.output, record.target, reduction="none")
        return sum_features(values, record.weight)


class GaussianLikelihood(Term):
    """Negative log-likelihood of a Gaussian with one variance, set to its optimum per batch."""

    name: ClassVar[str] = "gaussian"

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        squares = (record.output - record.target).square()
        n_features = squares[0].numel()
        variance = sum_features(squares, record.weight) / n_features
        return 0.5 * n_features * torch.log(variance + SMALLEST_VARIANCE)
