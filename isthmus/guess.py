"""The best linear guess of an item from what is seen of it, by PCA of the clean items."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from isthmus.principal import PrincipalComponents

__all__ = ["COMPONENTS", "Guess", "learnt_weights"]

# Directions used: more hardly help a guess, and filling holes takes their number cubed an item.
COMPONENTS = 128
# Relative to the largest number of a matrix: so little is added to its diagonal.
RIDGE = 1e-6
# Values of one batch of normal equations.
VALUES_AT_ONCE = 2**24


@dataclass(frozen=True)
class Guess:
    """A linear map from damaged rows to whole ones, in the numbers along PCA's directions.

    Where it is known what is hidden, those numbers are the most likely ones given the values seen:
    Tipping and Bishop, "Probabilistic principal component analysis" (JRSS B, 1999), section 3. Else
    they are a linear function of the damaged item's own numbers.

    Attributes
    ----------
    mean : Tensor, shape (p,)
    directions : Tensor, shape (k, p)
    penalty : Tensor, shape (k,)
        What PCA leaves of a value, over the variance along each direction.
    weights : Tensor, shape (k + 1, k), or None
        From a damaged item's numbers, and a one, to the clean item's.
    """

    mean: Tensor
    directions: Tensor
    penalty: Tensor
    weights: Tensor | None = None

    @classmethod
    def of(cls, pca: PrincipalComponents, weights: Tensor | None = None) -> Guess:
        """The guess by PCA, with learnt weights where hidden values are not flagged."""
        left = max(pca.total_variance - float(pca.variances.sum()), 0.0) / len(pca.mean)
        smallest = RIDGE * max(float(pca.variances.max(initial=0.0)), 1e-30)
        prior = torch.from_numpy(pca.variances).float().clamp(min=smallest)
        directions = torch.from_numpy(pca.directions).float()
        mean = torch.from_numpy(pca.mean).float()
        return cls(mean, directions, max(left, smallest) / prior, weights)

    @classmethod
    def blank(cls, n_features: int, *, flags: bool) -> Guess:
        """One of the right shapes, for a network whose weights are about to be read."""
        k = min(COMPONENTS, n_features)
        weights = None if flags else torch.zeros(k + 1, k)
        return cls(torch.zeros(n_features), torch.zeros(k, n_features), torch.ones(k), weights)

    def filled_up(self) -> Guess:
        """The same with as many directions as any of so many features, the further ones zero."""
        k, p = self.directions.shape
        more = min(COMPONENTS, p) - k
        directions = torch.cat([self.directions, torch.zeros(more, p)])
        penalty = torch.cat([self.penalty, torch.ones(more)])
        if self.weights is None:
            return Guess(self.mean, directions, penalty)
        # The row of the one stays last.
        numbers = torch.nn.functional.pad(self.weights, (0, more))
        weights = torch.cat([numbers[:k], torch.zeros(more, k + more), numbers[k:]])
        return Guess(self.mean, directions, penalty, weights)

    def numbers(self, rows: Tensor) -> Tensor:
        """Numbers along the directions, (n, p) to (n, k)."""
        return (rows - self.mean) @ self.directions.T

    def __call__(self, rows: Tensor, visible: Tensor | None = None) -> Tensor:
        """Whole rows guessed from damaged ones, (n, p) to (n, p).

        ``visible`` is 1 where a value was seen and 0 where it was hidden, for a guess without
        weights.
        """
        if self.weights is not None:
            return with_one(self.numbers(rows)) @ self.weights @ self.directions + self.mean
        assert visible is not None
        at_once = max(1, VALUES_AT_ONCE // self.directions.numel())
        pieces = zip(rows.split(at_once), visible.split(at_once), strict=True)
        found = torch.cat([self._likeliest(x, mask) for x, mask in pieces])
        return found @ self.directions + self.mean

    def of_seen(self, seen: Tensor) -> Tensor:
        """Items guessed from what is seen of them, (n, *seen) to (n, *item); flags come last."""
        if self.weights is not None:
            return self(seen.flatten(1)).view_as(seen)
        n_values = seen.shape[-1] // 2 if seen.ndim == 2 else seen.shape[-1] - 1
        values = seen[..., :n_values]
        visible = (1.0 - seen[..., n_values:]).expand_as(values)
        return self(values.flatten(1), visible.flatten(1)).view_as(values)

    def _likeliest(self, rows: Tensor, visible: Tensor) -> Tensor:
        masked = visible.unsqueeze(1) * self.directions
        equations = masked @ self.directions.T + torch.diag(self.penalty)
        wanted = ((rows - self.mean) * visible) @ self.directions.T
        # Positive definite: the penalty is above zero.
        factor = torch.linalg.cholesky(equations)
        return torch.cholesky_solve(wanted.unsqueeze(2), factor).squeeze(2)


def learnt_weights(given: Tensor, wanted: Tensor) -> Tensor:
    """Least squares from numbers of damaged items, and a one, to those of clean ones."""
    given = with_one(given)
    products = given.T @ given
    products += RIDGE * products.diagonal().max() * torch.eye(len(products))
    return torch.linalg.solve(products, given.T @ wanted)


def with_one(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
