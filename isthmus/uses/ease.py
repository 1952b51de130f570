"""The linear way to recommend, in closed form: each item told by the others.

Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019): of all matrices B with a
zero diagonal the one for which X B is nearest to X, with a penalty on the squares of B.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import csr_matrix

__all__ = ["MOST_ITEMS", "Ease"]

Floats = NDArray[np.floating]

#: The most popular items have a part in it: its time grows with the cube of their number.
MOST_ITEMS = 10_000


@dataclass(frozen=True, eq=False)
class Ease:
    """A linear autoencoder without a bottleneck, in which no item tells of itself.

    Attributes
    ----------
    items : ndarray of int, shape (m,)
        The items that have a part, ascending; all where there are at most `MOST_ITEMS`.
    weights : ndarray of float32, shape (m, m)
        How much having one (row) says for another (column); the diagonal is 0.
    n_items : int
        Of all.
    """

    items: NDArray[np.intp]
    weights: NDArray[np.float32]
    n_items: int

    @classmethod
    def fit(cls, has: csr_matrix, strength: float) -> Ease:
        """The closed form.

        Parameters
        ----------
        has : sparse matrix, shape (n_users, p)
        strength : float
            Of the penalty, above 0; as many users are added that have one item each.
        """
        n_items = has.shape[1]
        items = np.arange(n_items)
        if n_items > MOST_ITEMS:
            counts = np.asarray(has.sum(axis=0)).ravel()
            items = np.sort(np.argsort(-counts, kind="stable")[:MOST_ITEMS])
            has = has[:, items]
        gram = (has.T @ has).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += strength
        inverse = _inverse(gram)
        weights = inverse / -np.diagonal(inverse)
        np.fill_diagonal(weights, 0.0)
        return cls(items, weights.astype(np.float32), n_items)

    def scores(self, has: csr_matrix) -> Floats:
        """How well each item goes with what users have, shape (n_users, p)."""
        if len(self.items) == self.n_items:
            return np.asarray(has @ self.weights)
        found = np.zeros((has.shape[0], self.n_items), np.float32)
        found[:, self.items] = has[:, self.items] @ self.weights
        return found


def _inverse(matrix: Floats) -> Floats:
    """Of a symmetric positive matrix, in its own memory where it can."""
    factor, failed = lapack.dpotrf(matrix, lower=1, overwrite_a=1)
    assert not failed  # the penalty is above 0
    inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    lower = np.tril(inverse)
    return lower + np.tril(lower, -1).T
