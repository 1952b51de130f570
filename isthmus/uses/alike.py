"""Which items are alike: a graph between each item and those of the nearest codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, identity
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import cg, eigsh
from sklearn.neighbors import NearestNeighbors

__all__ = ["NeighbourGraph"]

Floats = NDArray[np.floating]

NEAREST = 15
# An item's own scale is its distance to this neighbour.
SCALE_OF = 7
# How much of what an item holds comes from its neighbours, not from what it was given.
FROM_OTHERS = 0.99
TOLERANCE = 1e-5
# Parts this small are solved whole.
SMALL = 300
# Relative to the mean distance: items nearer than this are the same.
LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """Items and their nearest, each tie as strong as the two are near for their surroundings.

    The strength is ``exp(-d_ij^2 / (s_i s_j))`` with ``s_i`` the distance from i to its seventh
    neighbour: Zelnik-Manor and Perona, "Self-tuning spectral clustering" (NeurIPS 2004), eq. 1.

    Attributes
    ----------
    codes : ndarray, shape (n, k)
    search : NearestNeighbors
        Over the codes.
    scales : ndarray, shape (n,)
    ties : csr_matrix, shape (n, n)
        Symmetric, nothing on the diagonal.
    """

    codes: Floats
    search: NearestNeighbors
    scales: Floats
    ties: csr_matrix

    @classmethod
    def of(cls, codes: Floats, nearest: int = NEAREST) -> NeighbourGraph:
        """The graph of codes, shape (n, k), n at least 2."""
        n = len(codes)
        nearest = min(nearest, n - 1)
        # In more than a few dimensions trees are slower than comparing all with all.
        search = NearestNeighbors(n_neighbors=nearest, algorithm="brute").fit(codes)
        far, which = search.kneighbors()
        scales = far[:, min(SCALE_OF, nearest) - 1].astype(np.float64)
        scales = scales + LEAST * (scales.mean() or 1.0)
        graph = cls(codes, search, scales, csr_matrix((n, n)))
        rows = np.repeat(np.arange(n), nearest)
        strength = graph._strength(far, scales[:, None], which).ravel()
        ties = csr_matrix((strength, (rows, which.ravel())), (n, n))
        return cls(codes, search, scales, ties.maximum(ties.T).tocsr())

    def _strength(self, far: Floats, scales: Floats, which: NDArray[np.intp]) -> Floats:
        return np.asarray(np.exp(-np.square(far, dtype=np.float64) / (scales * self.scales[which])))

    @cached_property
    def degrees(self) -> Floats:
        """How strongly each item is tied to all others, shape (n,)."""
        return np.maximum(np.asarray(self.ties.sum(1)).ravel(), np.finfo(float).tiny)

    @cached_property
    def balanced(self) -> csr_matrix:
        """``D^-1/2 W D^-1/2``: ties divided by the degrees of both ends, eigenvalues in [-1, 1]."""
        root = diags(self.degrees**-0.5)
        return (root @ self.ties @ root).tocsr()

    def spread(self, given: Floats) -> Floats:
        """What every item holds once what some were given has spread along the ties.

        ``(1 - a) (I - a S)^-1 Y``: Zhou et al., "Learning with local and global consistency"
        (NeurIPS 2003), eq. 4, with a = 0.99.

        Parameters
        ----------
        given : ndarray, shape (n, c)
            0 where nothing was given.

        Returns
        -------
        ndarray, shape (n, c)
        """
        operator = identity(len(given)) - FROM_OTHERS * self.balanced
        found = [cg(operator, column, rtol=TOLERANCE)[0] for column in given.T]
        return (1 - FROM_OTHERS) * np.stack(found, axis=1)

    def directions(self, count: int) -> tuple[Floats, Floats]:
        """The slowest ways in which values can vary along the ties.

        Parameters
        ----------
        count : int
            At least 1, below n.

        Returns
        -------
        values : ndarray, shape (count,)
            Largest eigenvalues of `balanced`, descending: as many are near 1 as there are parts.
        vectors : ndarray, shape (n, count)
        """
        if count not in self._found:
            self._found[count] = self._directions(count)
        return self._found[count]

    @cached_property
    def _found(self) -> dict[int, tuple[Floats, Floats]]:
        """Directions that were asked for: several ways to learn want the same."""
        return {}

    def _directions(self, count: int) -> tuple[Floats, Floats]:
        # Between parts that no tie connects eigenvalues are equal, and Lanczos would miss some.
        n_parts, part = connected_components(self.balanced, directed=False)
        values, vectors = [], []
        for which in (np.flatnonzero(part == i) for i in range(n_parts)):
            of_part, on_part = _slowest(self.balanced[which][:, which], count)
            whole = np.zeros((len(part), len(of_part)))
            whole[which] = on_part
            values.append(of_part)
            vectors.append(whole)
        order = np.argsort(-np.concatenate(values), kind="stable")[:count]
        return np.concatenate(values)[order], np.concatenate(vectors, axis=1)[:, order]

    def of_others(self, codes: Floats, held: Floats) -> Floats:
        """What items outside the graph hold: the mean of their nearest, by strength.

        Parameters
        ----------
        codes : ndarray, shape (m, k)
        held : ndarray, shape (n, c)
            What the items of the graph hold.

        Returns
        -------
        ndarray, shape (m, c)
        """
        far, which = self.search.kneighbors(codes)
        scales = far[:, [min(SCALE_OF, far.shape[1]) - 1]] + LEAST * self.scales.mean()
        strength = self._strength(far, scales, which)
        strength /= np.maximum(strength.sum(1, keepdims=True), np.finfo(float).tiny)
        return np.einsum("mk,mkc->mc", strength, held[which])


def _slowest(balanced: csr_matrix, count: int) -> tuple[Floats, Floats]:
    """Largest eigenvalues, descending, and their vectors, of one connected part."""
    n = balanced.shape[0]
    if n <= max(SMALL, 2 * count):
        values, vectors = np.linalg.eigh(balanced.toarray())
    else:
        begin = np.random.default_rng(0).normal(size=n)
        values, vectors = eigsh(balanced, k=count, which="LA", tol=TOLERANCE, v0=begin)
    return values[::-1][:count], vectors[:, ::-1][:, :count]
