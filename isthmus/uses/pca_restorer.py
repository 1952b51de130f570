"""PCA as the honest rival where something is to be restored: the best linear guess it can make."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.corruptions import Corruption
from isthmus.data.rows import Rows
from isthmus.principal import PrincipalComponents
from isthmus.training.task import chance

__all__ = ["COMPONENTS", "PCARestorer"]

# Directions used: more hardly help a guess, and filling holes takes their number cubed an item.
COMPONENTS = 128
# Items that the guess is learnt from.
SAMPLE = 4096
# Relative to the largest number of a matrix: so little is added to its diagonal.
RIDGE = 1e-6
# Values of one batch of normal equations.
VALUES_AT_ONCE = 2**24
LEARNING = 4


class PCARestorer:
    """Guesses whole items from damaged ones by PCA of the clean ones.

    Where the corruption flags what is hidden, the numbers along PCA's directions are the most
    likely ones given the values seen: Tipping and Bishop, "Probabilistic principal component
    analysis" (JRSS B, 1999), section 3. Else they are a linear function of the damaged item's
    own numbers, the best one on a sample of training items.

    Parameters
    ----------
    pca : PrincipalComponents
        Of clean scaled items.
    corruption : Corruption
    rows : Rows
        The training items.
    subset : ndarray of int or None
        Which of them; None is all.
    """

    def __init__(
        self,
        pca: PrincipalComponents,
        corruption: Corruption,
        rows: Rows,
        subset: NDArray[np.intp] | None = None,
    ):
        self.pca = pca
        self.corruption = corruption
        self.mean = torch.from_numpy(pca.mean).float()
        self.directions = torch.from_numpy(pca.directions).float()
        self.weights: Tensor | None = None
        if not corruption.flags:
            chosen = np.arange(len(rows)) if subset is None else subset
            self.weights = self._learnt(rows.batch(chosen[:: max(1, len(chosen) // SAMPLE)]))

    def restore(self, seen: Tensor) -> Tensor:
        """Guesses of items from what is seen of them, (n, *seen) to (n, *item)."""
        if self.weights is None:
            shape = (*seen.shape[1:-1], seen.shape[-1] - 1) if seen.ndim > 2 else (len(self.mean),)
            numbers = self._from_visible(seen, shape)
        else:
            shape = seen.shape[1:]
            numbers = _with_one(self._numbers(seen)) @ self.weights
        restored = (numbers @ self.directions + self.mean).unflatten(1, shape)
        return self.corruption.agree(restored, seen)

    def _numbers(self, items: Tensor) -> Tensor:
        return (items.flatten(1) - self.mean) @ self.directions.T

    def _learnt(self, clean: Tensor) -> Tensor:
        """Weights from a damaged item's numbers, and a one, to the clean item's."""
        batch = self.corruption(clean, chance(0, LEARNING))
        given, wanted = _with_one(self._numbers(batch.seen)), self._numbers(batch.target)
        products = given.T @ given
        products += RIDGE * products.diagonal().max() * torch.eye(len(products))
        return torch.linalg.solve(products, given.T @ wanted)

    def _from_visible(self, seen: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The most likely numbers along the directions, given the visible values."""
        n_values = shape[-1]
        visible = (1.0 - seen[..., n_values:]).expand(-1, *shape).flatten(1)
        centred = (seen[..., :n_values].flatten(1) - self.mean) * visible
        noise, prior = self._variances()
        k = len(self.directions)
        at_once = max(1, VALUES_AT_ONCE // (k * len(self.mean)))
        found = []
        for mask, values in zip(visible.split(at_once), centred.split(at_once), strict=True):
            masked = mask.unsqueeze(1) * self.directions
            equations = masked @ self.directions.T + torch.diag(noise / prior)
            found.append(torch.linalg.solve(equations, values @ self.directions.T))
        return torch.cat(found)

    def _variances(self) -> tuple[float, Tensor]:
        """What PCA leaves of a value, and the variance along each direction; both above zero."""
        pca = self.pca
        left = max(pca.total_variance - float(pca.variances.sum()), 0.0) / len(pca.mean)
        smallest = RIDGE * max(float(pca.variances.max()), 1e-30)
        prior = torch.from_numpy(np.maximum(pca.variances, smallest)).float()
        return max(left, smallest), prior


def _with_one(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones(len(x), 1)], dim=1)
