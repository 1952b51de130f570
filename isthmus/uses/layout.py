"""Items by the slowest directions of their neighbour graph, and kinds of them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.neighbors import KNeighborsClassifier

from isthmus.data.rows import drawn
from isthmus.uses.alike import NeighbourGraph

__all__ = ["Layout"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# Directions as fast as this many times that of the last kind still tell kinds apart; faster ones
# vary within kinds. Spare ones are computed to have them.
FASTER, SPARE = 2.0, 8
STARTS = 10
# HDBSCAN takes the square of the items in time: of more a sample decides, and others follow it.
MOST_FOR_DENSITY = 2**14
# The smallest kind that is found: a share of the items, and a number.
SMALLEST_SHARE, SMALLEST = 0.01, 5
# Items that must lie close together where a kind is.
CLOSE = 10


@dataclass(frozen=True, eq=False)
class Layout:
    """Items by directions of their graph.

    Attributes
    ----------
    slowness : ndarray, shape (m,)
        Eigenvalues, descending; 1 is a direction that no tie feels.
    places : ndarray, shape (n, m)
    """

    slowness: Floats
    places: Floats

    @classmethod
    def of(cls, graph: NeighbourGraph, count: int) -> Self:
        """By so many directions of a graph, or all that it has."""
        return cls(*graph.directions(min(count, len(graph.scales) - 1)))

    @staticmethod
    def wanted(n_clusters: int) -> int:
        """Directions to compute for so many kinds."""
        return 2 * n_clusters + SPARE

    def first(self, count: int) -> Floats:
        """The first directions, each item's place at length one, shape (n, count or fewer)."""
        places = self.places[:, :count]
        lengths = np.linalg.norm(places, axis=1, keepdims=True)
        return places / np.maximum(lengths, np.finfo(float).tiny)

    def divided(self, n_clusters: int, seed: int) -> Indices:
        """So many kinds, by k-means: shape (n,)."""
        speed = 1 - self.slowness
        last = speed[min(n_clusters, len(speed)) - 1]
        count = int((speed <= FASTER * last + np.finfo(np.float32).eps).sum())
        search = KMeans(n_clusters, n_init=STARTS, random_state=seed)
        return np.asarray(search.fit_predict(self.first(count)))

    def dense(self, count: int, seed: int) -> Indices:
        """Kinds where items lie close by the first directions, shape (n,); -1 is none."""
        places = self.first(count)
        sample = drawn(len(places), MOST_FOR_DENSITY, seed)
        smallest = max(SMALLEST, round(SMALLEST_SHARE * len(sample)))
        search = HDBSCAN(min_cluster_size=smallest, min_samples=min(CLOSE, len(sample)), copy=True)
        kinds = np.asarray(search.fit_predict(places[sample]))
        if len(sample) == len(places):
            return kinds
        nearest = KNeighborsClassifier(1).fit(places[sample], kinds)
        return np.asarray(nearest.predict(places))
