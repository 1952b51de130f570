"""Terms that make the code cost something.

- ``l1``: sum_j |c_j|, for sparse codes.
- ``sparsity``: sum_j KL(rho || mean activation of j), for codes in 0..1. Ng, "Sparse autoencoder",
  CS294A lecture notes (2011).
- ``kl``: KL(N(m, s^2) || N(0, 1)) = sum_j (m_j^2 + s_j^2 - 1 - log s_j^2) / 2. Kingma and Welling,
  "Auto-encoding variational Bayes" (2014), appendix B.
- ``contractive``: the squared Frobenius norm of the encoder's Jacobian. Rifai et al., "Contractive
  auto-encoders" (ICML 2011), eq. 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.errors import BadSetting
from isthmus.losses.record import Record
from isthmus.losses.term import Term
from isthmus.settings import Interval, Range

__all__ = ["L1", "Contractive", "PriorDivergence", "Sparsity"]

# Keeps the logarithms of `Sparsity` finite when an activation is 0 or 1 to the last bit.
MARGIN = 1e-6


class L1(Term):
    """Absolute value of the code, summed over its numbers."""

    name: ClassVar[str] = "l1"
    about_code: ClassVar[bool] = True

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        return record.code.abs().sum() / len(record.code)


class Sparsity(Term):
    """Divergence of each code number's mean activation from a small target.

    Parameters
    ----------
    weight : float, default=1.0
    target : float, default=0.05
        The wanted mean activation rho, in (0, 1).
    """

    name: ClassVar[str] = "sparsity"
    about_code: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        **Term.ranges,
        "target": Interval(float, 0.0, 1.0, closed="neither"),
    }

    def __init__(self, weight: float = 1.0, target: float = 0.05):
        self.weight = weight
        self.target = target

    def __call__(self, record: Record) -> Tensor:
        mean = record.code.mean(0).clamp(MARGIN, 1 - MARGIN)
        rho = self.target
        return (
            rho * (torch.log(torch.tensor(rho)) - mean.log())
            + (1 - rho) * (torch.log(torch.tensor(1 - rho)) - (1 - mean).log())
        ).sum()

    def check(self, statistics: frozenset[str]) -> None:
        if "activation" not in statistics:
            raise BadSetting(
                "the loss 'sparsity' needs a code between 0 and 1; choose code='sigmoid'."
            )


class PriorDivergence(Term):
    """Divergence of a Gaussian code from the standard normal prior, in nats."""

    name: ClassVar[str] = "kl"
    about_code: ClassVar[bool] = True

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        mean, log_variance = record.statistics["mean"], record.statistics["log_variance"]
        terms = mean.square() + log_variance.exp() - 1 - log_variance
        return 0.5 * terms.sum() / len(mean)

    def check(self, statistics: frozenset[str]) -> None:
        if "log_variance" not in statistics:
            raise BadSetting("the loss 'kl' needs a code with a variance; choose code='gaussian'.")


class Contractive(Term):
    """Squared Frobenius norm of the Jacobian of the code with respect to what the encoder saw.

    Exact for an encoder of any depth: one backward pass through the encoder per code number, all in
    one batched call. Where that costs too much, ``probes`` random projections give an unbiased
    estimate, since E[|v^T J|^2] = |J|_F^2 for v of independent signs (Hutchinson, 1990).

    Parameters
    ----------
    weight : float, default=1.0
    probes : int or None, default=None
        Random projections per batch; None computes the norm exactly.
    """

    name: ClassVar[str] = "contractive"
    about_code: ClassVar[bool] = True
    ranges: ClassVar[Mapping[str, Range]] = {
        **Term.ranges,
        "probes": Interval(int, 1, optional=True),
    }

    def __init__(self, weight: float = 1.0, probes: int | None = None):
        self.weight = weight
        self.probes = probes

    def __call__(self, record: Record) -> Tensor:
        with torch.enable_grad():
            seen = record.seen.detach().requires_grad_()
            code = record.encode(seen)
            n, k = code.shape
            if self.probes is None:
                directions = torch.eye(k, dtype=code.dtype, device=code.device)
                directions = directions.unsqueeze(1).expand(k, n, k)
            else:
                signs = torch.randint(0, 2, (self.probes, n, k), generator=record.generator)
                directions = (2 * signs - 1).to(code) / self.probes**0.5
            (rows,) = torch.autograd.grad(
                code, seen, directions, create_graph=True, is_grads_batched=True
            )
        return rows.square().sum() / n
