"""PCA in closed form, streamed: the honest rival, and where the default network starts.

Three ways to the same subspace, by what fits in memory:

- few features: the covariance matrix, summed over chunks, and its eigenvectors (exact);
- few items: the matrix of inner products between items (exact);
- neither: block Lanczos iterations from random directions, a pass over the data each, until another
  one no longer helps. Musco and Musco, "Randomized block Krylov methods for stronger and faster
  approximate singular value decomposition" (NeurIPS 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import linalg
from scipy.sparse.linalg import eigsh

from isthmus.together import ALONE, Together

__all__ = ["PrincipalComponents", "fit_principal", "usable_deviations"]

Floats = NDArray[np.floating]
#: Starts a pass over the data: yields chunks of shape (m, p).
Chunks = Callable[[], Iterator[Floats]]

# A covariance matrix of this side takes 128 MiB in float64 and seconds to decompose.
LARGEST_EXACT = 4096
# As many items as fit in memory whatever their size.
MOST_EXACT_ITEMS = 1024
# Up to this share of the directions Lanczos iterations find them sooner than all are found.
LANCZOS_SHARE = 16
# A block holds this share of the directions wanted: on photographs narrower ones need more passes,
# wider ones more products.
BLOCK_SHARE, SMALLEST_BLOCK = 4, 16
# Passes end when one lowers what PCA leaves by less than this share.
SMALLEST_GAIN, MOST_PASSES = 5e-3, 24
# A direction with less than this share of the largest deviation holds rounding errors only.
SMALLEST_DEVIATION = 1e-4


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

    @property
    def n_components(self) -> int:
        """Numbers in a code."""
        return len(self.directions)

    def completed(self) -> PrincipalComponents:
        """With directions of no variance added until they span everything."""
        missing = len(self.mean) - len(self.directions)
        if not missing:
            return self
        directions = np.concatenate([self.directions, linalg.null_space(self.directions).T])
        variances = np.pad(self.variances, (0, missing))
        return replace(self, directions=directions, variances=variances)

    def transform(self, X: Floats) -> Floats:
        """Codes of rows, shape (n, p) -> (n, k)."""
        return (X - self.mean) @ self.directions.T

    def inverse_transform(self, Z: Floats) -> Floats:
        """Rows of codes, shape (n, k') -> (n, p), for any prefix k' <= k."""
        return Z @ self.directions[: Z.shape[1]] + self.mean

    def squared_errors(
        self,
        X: Floats,
        sizes: tuple[int, ...],
        seen: Floats | None = None,
        weight: Floats | None = None,
    ) -> Floats:
        """Squared error of each row at each code size, shape (n, len(sizes)), one pass.

        Parameters
        ----------
        X : ndarray, shape (n, p)
            What should come out.
        sizes : tuple of int
        seen : ndarray, shape (n, p), or None
            What goes in; None is X itself.
        weight : ndarray, shape (n, p), or None
            How much each value counts; None counts all alike.
        """
        if weight is not None:
            codes = self.transform(X if seen is None else seen)
            of_size = [
                (np.square(self.inverse_transform(codes[:, :size]) - X) * weight).sum(1)
                for size in sizes
            ]
            return np.stack(of_size, axis=1)
        centred = X - self.mean
        wanted = centred @ self.directions.T
        given = wanted if seen is None else self.transform(seen)
        # |c - D'g|^2 = |c|^2 + |g|^2 - 2 g.w, for orthonormal directions D and w = D c.
        gain = np.cumsum(given * (2.0 * wanted - given), axis=1)
        # Sizes beyond the rank of the training data reconstruct with all directions there are.
        last = np.minimum(np.asarray(sizes), gain.shape[1]) - 1
        return np.maximum((centred**2).sum(1, keepdims=True) - gain[:, last], 0.0)

    def item_errors(
        self,
        X: Floats,
        sizes: tuple[int, ...],
        seen: Floats | None = None,
        weight: Floats | None = None,
    ) -> Floats:
        """The same as means over the values that count, shape (n, len(sizes))."""
        squares = self.squared_errors(X, sizes, seen, weight)
        if weight is None:
            return squares / X.shape[1]
        return np.asarray(squares / np.maximum(weight.sum(1, keepdims=True), 1))


def fit_principal(
    chunks: Chunks,
    n_items: int,
    n_features: int,
    n_components: int,
    seed: int = 0,
    together: Together = ALONE,
) -> PrincipalComponents:
    """PCA of data that pass by in chunks.

    Parameters
    ----------
    chunks : callable
        Each call starts a new pass and yields arrays of shape (m, n_features).
    n_items, n_features : int
        Size of the data, of all processes.
    n_components : int
        Directions wanted; at most ``min(n_items, n_features)`` are returned.
    seed : int
        Starts the random block where neither exact way fits.
    together : Together
        Those whose ``chunks`` are the data, each having a share.
    """
    k = min(n_components, n_items, n_features)
    data = Passing(chunks, np.zeros(n_features), together)
    data = replace(data, mean=data.total(_sums) / n_items)
    if n_features <= LARGEST_EXACT:
        directions, scatter, total = _by_covariance(data, k)
    elif n_items <= MOST_EXACT_ITEMS:
        directions, scatter, total = _by_inner_products(data, k)
    else:
        directions, scatter, total = _by_lanczos(data, k, seed)
    signs = np.sign(directions[np.arange(k), np.abs(directions).argmax(1)])
    variances = np.maximum(scatter, 0.0) / n_items
    directions = directions * signs[:, None]
    return PrincipalComponents(data.mean, directions, variances, total / n_items, n_items)


#: Directions (k, p), the sum of squares along each (k,), and the sum of squares in all.
Subspace = tuple[Floats, Floats, float]


def usable_deviations(variances: Floats) -> Floats:
    """Standard deviations to divide by: those that hold rounding errors only are set to a floor.

    Parameters
    ----------
    variances : ndarray, shape (k,)
        Along each direction; what rounding made negative counts as zero.
    """
    deviations = np.sqrt(np.maximum(variances, 0.0))
    return np.maximum(deviations, max(SMALLEST_DEVIATION * deviations.max(), 1e-12))


@dataclass(frozen=True)
class Passing:
    """Data that pass by in chunks, this process's share of them.

    Attributes
    ----------
    chunks : callable
    mean : ndarray, shape (p,)
    together : Together
    """

    chunks: Chunks
    mean: Floats
    together: Together

    def total(self, of: Callable[[Floats, Floats], Floats]) -> Floats:
        """The sum of something of (chunk, mean), over all chunks of all processes."""
        # Of no rows it is zero: a process may have none.
        found = of(np.empty((0, len(self.mean)), np.float32), self.mean)
        for chunk in self.chunks():
            # In place: a scatter matrix may be large.
            found += of(chunk, self.mean)
        return self.together.total(found)


def _sums(chunk: Floats, mean: Floats) -> Floats:
    return np.asarray(chunk.sum(0, dtype=np.float64))


def _scatter(chunk: Floats, mean: Floats) -> Floats:
    centred = chunk - mean
    return np.asarray(centred.T @ centred, np.float64)


def _by_covariance(data: Passing, k: int) -> Subspace:
    scatter = data.total(_scatter)
    p = len(data.mean)
    if k * LANCZOS_SHARE <= p and scatter.any():
        # Exact too, and for a few of many directions twenty times faster.
        values, vectors = eigsh(scatter, k, which="LA", v0=np.ones(p))
    else:
        values, vectors = np.linalg.eigh(scatter)
    return vectors[:, ::-1][:, :k].T, values[::-1][:k], float(np.trace(scatter))


def _by_inner_products(data: Passing, k: int) -> Subspace:
    centred = [np.empty((0, len(data.mean))), *(chunk - data.mean for chunk in data.chunks())]
    rows = data.together.gathered(np.concatenate(centred))
    _, values, directions = linalg.svd(rows, full_matrices=False)
    return directions[:k], values[:k] ** 2, float((values**2).sum())


def _by_lanczos(data: Passing, k: int, seed: int) -> Subspace:
    p = len(data.mean)
    width = min(max(-(-k // BLOCK_SHARE), SMALLEST_BLOCK), p)
    block = np.random.default_rng(seed).standard_normal((p, width)).astype(np.float32)
    total = float(data.total(_squares))
    basis, scatter = np.empty((p, 0), np.float32), np.empty((0, 0))
    captured = -np.inf  # random directions alone capture next to nothing, and are no measure
    for _ in range(MOST_PASSES):
        block = _orthonormal(block[:, : p - basis.shape[1]], basis)
        basis = np.concatenate([basis, block], axis=1)
        # The scatter matrix, which is too large to hold, times the block: one pass over the data.
        block = data.total(partial(_times_scatter, block=block))
        last = (basis.T @ block).astype(np.float64)
        scatter = np.pad(scatter, (0, last.shape[1]))
        scatter[:, -last.shape[1] :], scatter[-last.shape[1] :] = last, last.T
        if len(scatter) >= min(2 * k, p):
            before, captured = captured, float(np.linalg.eigvalsh(scatter)[-k:].sum())
            if len(scatter) == p or captured - before < SMALLEST_GAIN * (total - before):
                break
    values, rotation = linalg.eigh(scatter)
    directions = (basis @ rotation[:, ::-1][:, :k].astype(np.float32)).T.astype(np.float64)
    return directions, values[::-1][:k], total


def _squares(chunk: Floats, mean: Floats) -> Floats:
    centred = np.subtract(chunk, mean, dtype=np.float32, casting="same_kind")
    return np.asarray(np.square(centred, out=centred).sum(dtype=np.float64))


def _times_scatter(chunk: Floats, mean: Floats, block: Floats) -> Floats:
    centred = np.subtract(chunk, mean, dtype=np.float32, casting="same_kind")
    return np.asarray(centred.T @ (centred @ block))


def _orthonormal(block: Floats, basis: Floats) -> Floats:
    """An orthonormal basis of the block's directions that are not in ``basis`` already."""
    for _ in range(2):  # once loses half of the digits
        block = block - basis @ (basis.T @ block)
        block = torch.linalg.qr(torch.from_numpy(block))[0].numpy()
    # QR gives columns in a row; adding rows to those is five times slower.
    return np.ascontiguousarray(block)
