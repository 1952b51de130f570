"""A normal distribution fitted to rows with gaps: the linear way to fill them in, in closed form.

The mean and the covariance that make the values that are there most likely, by expectation
maximisation: Little and Rubin, "Statistical analysis with missing data" (2nd edition, 2002),
section 11.2. How much the covariances are shrunk is chosen by cells hidden for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Gaussian", "conditional_mean", "fit_gaussian"]

# Rows looked at: the time grows with their number times the cube of the columns'.
MOST_ROWS = 5000
# Rows of one batch of equations, in values.
VALUES_AT_ONCE = 2**22
MOST_STEPS, SMALLEST_GAIN = 60, 1e-4
# Shares of each covariance that are given up, and the share of the cells hidden to choose one.
SHRINKAGES, HIDDEN_TO_CHOOSE = (0.003, 0.01, 0.03, 0.1, 0.3), 0.2
# Added to variances, relative to the largest, so that equations can be solved.
RIDGE = 1e-6


@dataclass(frozen=True)
class Gaussian:
    """A normal distribution of rows.

    Attributes
    ----------
    mean : Tensor, shape (p,)
    covariance : Tensor, shape (p, p)
    """

    mean: Tensor
    covariance: Tensor

    @classmethod
    def blank(cls, n_features: int) -> Gaussian:
        """The standard normal distribution, for a network whose weights are about to be read."""
        return cls(torch.zeros(n_features), torch.eye(n_features))


def conditional_mean(values: Tensor, hidden: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """What hidden values most likely are, the others as they are; shape (n, p).

    Parameters
    ----------
    values : Tensor, shape (n, p)
        Anything where hidden.
    hidden : Tensor of bool, shape (n, p)
    mean, covariance : Tensor, shape (p,) and (p, p)
    """
    pieces = _pieces(values, hidden, covariance)
    found = [_expected(x, mask, mean, covariance)[0] for x, mask in pieces]
    return torch.cat(found) if found else values


def fit_gaussian(rows: Tensor, generator: torch.Generator) -> Gaussian:
    """The normal distribution of rows, shape (n, p), whose gaps are NaN; in float64."""
    rows = rows[torch.randperm(len(rows), generator=generator)[:MOST_ROWS]].double()
    hidden = rows.isnan()
    values = rows.nan_to_num(nan=0.0)
    more = hidden | (torch.rand(values.shape, generator=generator) < HIDDEN_TO_CHOOSE)
    judged = more & ~hidden
    found = _likeliest(values, more)
    errors = [
        float((conditional_mean(values, more, *_shrunk(found, s)) - values)[judged].square().sum())
        for s in SHRINKAGES
    ]
    best = SHRINKAGES[errors.index(min(errors))]
    return Gaussian(*_shrunk(_likeliest(values, hidden), best))


def _shrunk(gaussian: Gaussian, share: float) -> tuple[Tensor, Tensor]:
    variances = torch.diag(gaussian.covariance.diagonal())
    return gaussian.mean, torch.lerp(gaussian.covariance, variances, share)


def _likeliest(values: Tensor, hidden: Tensor) -> Gaussian:
    """Expectation maximisation from the means and variances of what is there."""
    seen = (~hidden).double()
    n_seen = seen.sum(0).clamp(min=1.0)
    mean = (values * seen).sum(0) / n_seen
    variance = ((values - mean).square() * seen).sum(0) / n_seen
    floor = RIDGE * variance.max().clamp(min=1e-30)
    covariance = torch.diag(variance + floor)
    for _ in range(MOST_STEPS):
        filled, spread = [], torch.zeros_like(covariance)
        for x, mask in _pieces(values, hidden, covariance):
            expected, left = _expected(x, mask, mean, covariance)
            filled.append(expected)
            spread += left
        whole = torch.cat(filled)
        new_mean = whole.mean(0)
        centred = whole - new_mean
        new = (centred.T @ centred + spread) / len(whole) + floor * torch.eye(len(mean))
        moved = float((new - covariance).abs().max() / covariance.diagonal().max())
        mean, covariance = new_mean, new
        if moved < SMALLEST_GAIN or not hidden.any():
            break
    return Gaussian(mean, covariance)


def _expected(
    values: Tensor, hidden: Tensor, mean: Tensor, covariance: Tensor
) -> tuple[Tensor, Tensor]:
    """Rows with hidden values filled in, and the sum of the covariances of what is left open."""
    seen = (~hidden).to(values)
    # Hidden columns become those of the identity: one solver for every pattern of gaps.
    equations = covariance * seen.unsqueeze(1) * seen.unsqueeze(2) + torch.diag_embed(1.0 - seen)
    reach = covariance * seen.unsqueeze(1)
    factor = torch.linalg.cholesky(equations)
    weights = torch.cholesky_solve(reach.transpose(1, 2), factor)
    centred = ((values - mean) * seen).unsqueeze(1)
    expected = mean + (centred @ weights).squeeze(1)
    left = len(values) * covariance - (reach @ weights).sum(0)
    return torch.where(hidden, expected, values), left


def _pieces(values: Tensor, hidden: Tensor, covariance: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    at_once = max(1, VALUES_AT_ONCE // covariance.numel())
    yield from zip(values.split(at_once), hidden.split(at_once), strict=True)
