"""PCA's codes of items that lack a part."""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from torch import Tensor, nn

from isthmus.principal import PrincipalComponents

__all__ = ["PartialCodes"]

# Relative to the largest: directions with less variance hold rounding errors only.
LEAST = 1e-8


class PartialCodes(nn.Module):
    """The likeliest code of what there is, where an item lacks its picture or its numbers.

    What lacks is 0 once scaled, the mean, so projecting such an item on PCA's directions D gives
    half a code. By the normal distribution behind PCA, with variances L along the directions and s2
    off them, the mean code given the values that are there is ``(s2 / L + D D')^-1 D x``, D and x
    being of these values alone: Tipping and Bishop, "Probabilistic principal component analysis"
    (1999), eq. 9, with rows of W left out.

    Parameters
    ----------
    principal : PrincipalComponents
        Of rows that begin with a picture.
    n_components : int
    picture : tuple of int
        Shape of the picture.
    """

    def __init__(self, principal: PrincipalComponents, n_components: int, picture: tuple[int, ...]):
        super().__init__()
        self.n_pixels = prod(picture)
        pixels = np.arange(len(principal.mean)) < self.n_pixels
        self.by_numbers = nn.Buffer(_regression(principal, ~pixels, n_components))
        self.by_picture = nn.Buffer(_regression(principal, pixels, n_components))

    def forward(self, rows: Tensor, code: Tensor) -> Tensor:
        """Codes of rows put right, (n, p) and (n, n_components) to (n, n_components)."""
        no_picture = (rows[:, : self.n_pixels] == 0).all(1, keepdim=True)
        no_numbers = (rows[:, self.n_pixels :] == 0).all(1, keepdim=True)
        code = torch.where(no_picture, code @ self.by_numbers.T, code)
        return torch.where(no_numbers & ~no_picture, code @ self.by_picture.T, code)


def _regression(principal: PrincipalComponents, there: np.ndarray, n_components: int) -> Tensor:
    """From the projection of the values that are there to the code, shape (k, k)."""
    directions, variances = principal.directions, principal.variances
    matrix = np.eye(n_components)
    known = np.flatnonzero(variances > LEAST * variances.max(initial=0.0))
    # Where nothing that lacks was in the code, nothing lacks.
    if not len(known) or np.abs(directions[:, ~there]).max(initial=0.0) < LEAST:
        return torch.from_numpy(matrix).float()
    off = len(principal.mean) - len(known)
    noise = max(principal.total_variance - variances[known].sum(), 0.0) / max(off, 1)
    of_there = directions[known][:, there]
    precision = np.diag(noise / variances[known]) + of_there @ of_there.T
    ridge = LEAST * np.trace(precision) / len(known) * np.eye(len(known))
    matrix[np.ix_(known, known)] = np.linalg.inv(precision + ridge)
    return torch.from_numpy(matrix).float()
