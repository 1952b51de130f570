"""Which items are neighbours, and how much each pair counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.neighbors import NearestNeighbors

__all__ = ["nearest_of", "ties_of"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]


def nearest_of(rows: Floats, count: int) -> Indices:
    """The nearest other rows of each, shape (n, p) -> (n, count), the nearest first."""
    # In more than a few dimensions trees are slower than comparing all with all.
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(rows)
    return np.asarray(search.kneighbors(return_distance=False))


def ties_of(nearest: Indices) -> csr_matrix:
    """How much each pair counts, shape (n, n): symmetric, summing to 1.

    Each item counts its neighbours alike. With 15 of them maps are as good as with weights of a
    set perplexity: Boehm, Berens and Kobak, "Attraction-repulsion spectrum in neighbor embeddings"
    (JMLR 2022).

    Parameters
    ----------
    nearest : ndarray of int, shape (n, k)
    """
    n, k = nearest.shape
    ones = np.ones(n * k, np.float32)
    directed = csr_matrix((ones, nearest.ravel(), np.arange(0, n * k + 1, k)), (n, n))
    ties = (directed + directed.T).tocsr()
    ties.data /= ties.data.sum()
    ties.sort_indices()
    return ties
