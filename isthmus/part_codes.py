"""From half a code of PCA to a whole one: where an item lacks a part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from isthmus.principal import PrincipalComponents

__all__ = ["PartCodes", "PartialComponents"]

Floats = NDArray[np.floating]

# Relative to the mean variance of half a code.
RIDGE = 1e-3
# Directions whose part has a smaller share of their length than this are of the other part alone.
LEAST = 1e-8


@dataclass(frozen=True)
class PartCodes:
    """Linear regressions of PCA's codes on what one part of a row, projected alone, gives.

    What lacks is 0 once scaled, the mean, so projecting such an item on PCA's directions gives half
    a code, ``h = D_s x_s`` with D and x of the values that are there. The best linear guess of the
    code is ``cov(z, h) cov(h)^-1 h``; the first of these is exact, ``L D_s D_s'`` with PCA's
    variances L, and the second is counted.

    Attributes
    ----------
    by_picture, by_numbers : ndarray, shape (k, k)
    """

    by_picture: Floats
    by_numbers: Floats

    @classmethod
    def blank(cls, n_components: int) -> Self:
        """Of the right shape, for a network whose weights are about to be read."""
        return cls(np.eye(n_components), np.eye(n_components))

    @classmethod
    def fit(
        cls,
        chunks: Iterable[Floats],
        principal: PrincipalComponents,
        n_components: int,
        n_pixels: int,
    ) -> Self:
        """The regressions for rows that begin with so many pixels.

        Parameters
        ----------
        chunks : iterable of ndarray, shape (m, p)
            Scaled rows, NaN where something is missing.
        principal : PrincipalComponents
        n_components : int
            k; PCA may have fewer.
        n_pixels : int
        """
        of_parts = slice(0, n_pixels), slice(n_pixels, None)
        k = principal.n_components
        sums, counts = [np.zeros((k, k)), np.zeros((k, k))], [0, 0]
        for rows in chunks:
            centred = np.nan_to_num(rows - principal.mean)
            for i, part in enumerate(of_parts):
                there = ~np.isnan(rows[:, part]).all(1)
                half = centred[there, part] @ principal.directions[:, part].T
                sums[i] += half.T @ half
                counts[i] += int(there.sum())
        found = []
        for part, total, n in zip(of_parts, sums, counts, strict=True):
            whole = np.eye(n_components)
            whole[:k, :k] = _regression(principal, part, total / max(n, 1))
            found.append(whole)
        return cls(*found)


@dataclass(frozen=True)
class PartialComponents(PrincipalComponents):
    """PCA of rows that begin with a picture, which knows how to code a row that lacks a part.

    Attributes
    ----------
    parts : PartCodes
    n_pixels : int
        Values of a row that are the picture.
    """

    parts: PartCodes = field(kw_only=True)
    n_pixels: int = field(kw_only=True)

    @classmethod
    def of(cls, principal: PrincipalComponents, parts: PartCodes, n_pixels: int) -> Self:
        """The same directions, with regressions for codes of their number or longer."""
        return cls(**vars(principal), parts=parts, n_pixels=n_pixels)

    def transform(self, X: Floats) -> Floats:
        """Codes of rows, what lacks being 0, shape (n, p) -> (n, k)."""
        code, k = super().transform(X), self.n_components
        no_picture = (X[:, : self.n_pixels] == 0).all(1)
        no_numbers = (X[:, self.n_pixels :] == 0).all(1) & ~no_picture
        code[no_picture] = code[no_picture] @ self.parts.by_numbers[:k, :k].T
        code[no_numbers] = code[no_numbers] @ self.parts.by_picture[:k, :k].T
        return code


def _regression(principal: PrincipalComponents, part: slice, covariance: Floats) -> Floats:
    """From half a code to a whole one, shape (k, k)."""
    directions = principal.directions
    k, own = len(directions), directions[:, part]
    # Where nothing that lacks was in the code, nothing lacks.
    if 1 - np.square(own).sum(1).min(initial=1.0) < LEAST:
        return np.eye(k)
    ridge = RIDGE * np.trace(covariance) / k + np.finfo(float).tiny
    with_code = (principal.variances[:, None] * own) @ own.T
    return np.asarray(np.linalg.solve(covariance + ridge * np.eye(k), with_code.T).T)
