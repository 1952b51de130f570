"""PCA in closed form, streamed: the honest rival, and where the default network starts.

Three ways to the same subspace, by what fits in memory:

- few features: the covariance matrix, summed over chunks, and its eigenvectors (exact);
- few items: the matrix of inner products between items (exact);
- neither: block power iteration, several passes over the data. Halko, Martinsson and Tropp,
  "Finding structure with randomness" (SIAM Review 2011), algorithms 4.4 and 5.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse.linalg import eigsh

__all__ = ["PrincipalComponents", "fit_principal"]

Floats = NDArray[np.floating]
#: Starts a pass over the data: yields chunks of shape (m, p).
Chunks = Callable[[], Iterator[Floats]]

# A covariance matrix of this side takes 128 MiB in float64 and seconds to decompose.
LARGEST_EXACT = 4096
# As many items as fit in memory whatever their size.
MOST_EXACT_ITEMS = 1024
# Up to this share of the directions Lanczos iterations find them sooner than all are found.
LANCZOS_SHARE = 16
OVERSAMPLING = 16
POWER_ITERATIONS = 6


@dataclass(frozen=True)
class PrincipalComponents:
    """The mean, the directions of largest variance, and the variance along each.

    Attributes
    ----------
    mean : ndarray, shape (p,)
    directions : ndarray, shape (k, p)
        Orthonormal rows, largest variance first, each with its largest entry positive.
    variances : ndarray, shape (k,)
        Variance of the training data along each direction (divided by n).
    total_variance : float
        Sum of the variances of all features.
    n_items : int
        How many items it was fitted to.
    """

    mean: Floats
    directions: Floats
    variances: Floats
    total_variance: float
    n_items: int = 0

    @classmethod
    def blank(cls, n_features: int, n_components: int) -> PrincipalComponents:
        """Zeros of the right shape, for a network whose weights are about to be read."""
        directions = np.zeros((min(n_components, n_features), n_features))
        return cls(np.zeros(n_features), directions, np.zeros(len(directions)), 0.0)

    def transform(self, X: Floats) -> Floats:
        """Codes of rows, shape (n, p) -> (n, k)."""
        return (X - self.mean) @ self.directions.T

    def inverse_transform(self, Z: Floats) -> Floats:
        """Rows of codes, shape (n, k') -> (n, p), for any prefix k' <= k."""
        return Z @ self.directions[: Z.shape[1]] + self.mean

    def squared_errors(
        self, X: Floats, sizes: tuple[int, ...], seen: Floats | None = None
    ) -> Floats:
        """Squared error of each row at each code size, shape (n, len(sizes)), one pass.

        Parameters
        ----------
        X : ndarray, shape (n, p)
            What should come out.
        sizes : tuple of int
        seen : ndarray, shape (n, p), or None
            What goes in; None is X itself.
        """
        centred = X - self.mean
        wanted = centred @ self.directions.T
        given = wanted if seen is None else self.transform(seen)
        # |c - D'g|^2 = |c|^2 + |g|^2 - 2 g.w, for orthonormal directions D and w = D c.
        gain = np.cumsum(given * (2.0 * wanted - given), axis=1)
        # Sizes beyond the rank of the training data reconstruct with all directions there are.
        last = np.minimum(np.asarray(sizes), gain.shape[1]) - 1
        return np.maximum((centred**2).sum(1, keepdims=True) - gain[:, last], 0.0)


def fit_principal(
    chunks: Chunks, n_items: int, n_features: int, n_components: int, seed: int = 0
) -> PrincipalComponents:
    """PCA of data that pass by in chunks.

    Parameters
    ----------
    chunks : callable
        Each call starts a new pass and yields arrays of shape (m, n_features).
    n_items, n_features : int
        Size of the data.
    n_components : int
        Directions wanted; at most ``min(n_items, n_features)`` are returned.
    seed : int
        Starts the random block where neither exact way fits.
    """
    k = min(n_components, n_items, n_features)
    mean = sum(chunk.sum(0, dtype=np.float64) for chunk in chunks()) / n_items
    if n_features <= LARGEST_EXACT:
        directions, scatter, total = _by_covariance(chunks, mean, k)
    elif n_items <= MOST_EXACT_ITEMS:
        directions, scatter, total = _by_inner_products(chunks, mean, k)
    else:
        directions, scatter, total = _by_power_iteration(chunks, mean, k, seed)
    signs = np.sign(directions[np.arange(k), np.abs(directions).argmax(1)])
    variances = np.maximum(scatter, 0.0) / n_items
    directions = directions * signs[:, None]
    return PrincipalComponents(mean, directions, variances, total / n_items, n_items)


#: Directions (k, p), the sum of squares along each (k,), and the sum of squares in all.
Subspace = tuple[Floats, Floats, float]


def _by_covariance(chunks: Chunks, mean: Floats, k: int) -> Subspace:
    scatter = np.zeros((len(mean), len(mean)))
    for chunk in chunks():
        centred = chunk - mean
        scatter += centred.T @ centred
    p = len(mean)
    if k * LANCZOS_SHARE <= p:
        # Exact too, and for a few of many directions twenty times faster.
        values, vectors = eigsh(scatter, k, which="LA", v0=np.ones(p))
    else:
        values, vectors = np.linalg.eigh(scatter)
    return vectors[:, ::-1][:, :k].T, values[::-1][:k], float(np.trace(scatter))


def _by_inner_products(chunks: Chunks, mean: Floats, k: int) -> Subspace:
    centred = np.concatenate([chunk - mean for chunk in chunks()])
    _, values, directions = linalg.svd(centred, full_matrices=False)
    return directions[:k], values[:k] ** 2, float((values**2).sum())


def _by_power_iteration(chunks: Chunks, mean: Floats, k: int, seed: int) -> Subspace:
    width = min(k + OVERSAMPLING, len(mean))
    block = np.random.default_rng(seed).standard_normal((len(mean), width)).astype(np.float32)
    total = 0.0
    for iteration in range(POWER_ITERATIONS):
        block = linalg.qr(block, mode="economic", overwrite_a=True)[0]
        product, small = np.zeros_like(block), np.zeros((width, width))
        for chunk in chunks():
            centred = chunk.astype(np.float32) - mean.astype(np.float32)
            projected = centred @ block
            product += centred.T @ projected
            small += projected.T @ projected
            if iteration == 0:
                total += float(np.square(centred).sum(dtype=np.float64))
        if iteration < POWER_ITERATIONS - 1:
            block = product
    values, rotation = linalg.eigh(small)
    directions = (block @ rotation[:, ::-1][:, :k]).T.astype(np.float64)
    return directions, values[::-1][:k], total
