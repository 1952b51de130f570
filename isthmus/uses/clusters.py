"""Kinds of items, found without labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import drawn
from isthmus.errors import BadInput
from isthmus.inputs import as_items
from isthmus.settings import Interval
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.layout import Layout
from isthmus.uses.own_fit import takes_gaps, unfitted
from isthmus.uses.stability import Division, stabilities

__all__ = ["Clusters", "Kinds", "find_kinds"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# Items that are compared with each other: of more as many are drawn, the others follow them.
MOST_ITEMS = 2**16
FEWEST = 4
# By how many directions kinds are looked for where nobody says how many there are.
DIRECTIONS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)
# Of so many items at least there is a direction: few items vary in many by chance.
ITEMS_A_DIRECTION = 10


@dataclass(frozen=True, eq=False)
class Kinds:
    """Kinds of items.

    Attributes
    ----------
    labels : ndarray of int, shape (n,)
        The largest kind is 0; -1 is none.
    stability : float
        Agreement with the kinds found in halves of the items; 1 is the same, 0 is chance
        (`isthmus.uses.stability`).
    codes : ndarray, shape (n, k)
    graph : NeighbourGraph
        Of the items ``compared``.
    compared : ndarray of int
    """

    labels: Indices
    stability: float
    codes: Floats
    graph: NeighbourGraph
    compared: Indices

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.labels.max(initial=-1)) + 1

    def typical(self, kind: int) -> Indices:
        """Members of a kind, nearest to the mean of their codes first."""
        members = np.flatnonzero(self.labels == kind)
        codes = self.codes[members]
        return members[np.argsort(np.square(codes - codes.mean(0)).sum(1), kind="stable")]

    def oddest(self, kind: int) -> Indices:
        """Members of a kind that were compared, those first whose neighbours are farthest."""
        far = np.full(len(self.labels), -np.inf)
        far[self.compared] = self.graph.scales
        members = np.flatnonzero((self.labels == kind) & np.isfinite(far))
        return members[np.argsort(-far[members], kind="stable")]

    def of(self, codes: Floats) -> Indices:
        """The kind that the nearest items of other codes are of, shape (m,); -1 is none."""
        return _follow(self.graph, self.labels[self.compared], codes)


class Clusters(ClusterMixin, BaseEstimator):
    """Groups items by the neighbours of their codes.

    Items are laid out by the slowest directions of their neighbour graph, and there divided by
    k-means: Ng, Jordan and Weiss, "On spectral clustering" (NeurIPS 2001). Without a number of
    kinds HDBSCAN finds it, and leaves out items of no kind: Campello et al., "Density-based
    clustering based on hierarchical density estimates" (PAKDD 2013); by as many directions as make
    the kinds most stable.

    Parameters
    ----------
    n_clusters : int or None, default=None
        How many kinds; None finds out.
    autoencoder : Autoencoder or None, default=None
        Is cloned and fitted; None is the default one.
    random_state : int, default=0

    Attributes
    ----------
    labels_ : ndarray of int, shape (n,)
        Kind of each item, the largest kind being 0; -1 is none.
    n_clusters_ : int
    stability_ : float
        1 where halves of the items have the same kinds, 0 where they agree by chance alone: then
        there are no kinds to speak of.
    kinds_ : Kinds
        Typical and odd members.
    autoencoder_ : Autoencoder
    n_features_in_ : int
    item_shape_ : tuple of int

    Examples
    --------
    >>> import numpy as np
    >>> places = np.repeat(np.random.default_rng(0).normal(size=(3, 4)) * 9, 50, axis=0)
    >>> X = places + np.random.default_rng(1).normal(size=(150, 4))
    >>> Clusters(autoencoder=Autoencoder(4, training={"epochs": 2})).fit(X).n_clusters_
    3
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        autoencoder: Autoencoder | None = None,
        random_state: int = 0,
    ):
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the kinds.

        Parameters
        ----------
        X : array-like, shape (n, p), (n, H, W) or (n, H, W, C)
        y : ignored

        Raises
        ------
        BadInput
            If X cannot be used, or holds fewer than 4 items or than the kinds wanted.
        """
        items = as_items(self, X, reset=True, gaps=takes_gaps(self.autoencoder))
        _check(len(items), self.n_clusters)
        self.autoencoder_ = ae = unfitted(self.autoencoder, self.random_state).fit(items)
        self.kinds_ = find_kinds(ae.transform(items), self.n_clusters, self.random_state)
        self.labels_, self.stability_ = self.kinds_.labels, self.kinds_.stability
        self.n_clusters_ = self.kinds_.count
        return self

    def predict(self, X: Any) -> Indices:
        """The kind of new items, shape (n,): that of the items nearest to them; -1 is none."""
        check_is_fitted(self)
        items = as_items(self, X, reset=False, gaps=self.autoencoder_.takes_gaps)
        return self.kinds_.of(self.autoencoder_.transform(items))


def find_kinds(codes: Floats, n_clusters: int | None = None, seed: int = 0) -> Kinds:
    """Kinds of items by their codes.

    Parameters
    ----------
    codes : ndarray, shape (n, k)
    n_clusters : int or None
        None finds out how many.
    seed : int

    Raises
    ------
    BadInput
        If there are fewer than 4 codes, or fewer than kinds are wanted.
    """
    n = len(codes)
    _check(n, n_clusters)
    compared = drawn(n, MOST_ITEMS, seed)
    ways = _ways(len(compared), n_clusters, seed)
    n_directions = max(ways)
    stability = stabilities(codes, list(ways.values()), n_directions, seed)
    best = int(stability.argmax())
    graph = NeighbourGraph.of(codes[compared])
    kinds = list(ways.values())[best](Layout.of(graph, n_directions))
    labels = np.empty(n, np.intp)
    labels[compared] = kinds
    others = np.setdiff1d(np.arange(n), compared)
    if len(others):
        labels[others] = _follow(graph, kinds, codes[others])
    return Kinds(_by_size(labels), float(stability[best]), codes, graph, compared)


def _check(n: int, n_clusters: int | None) -> None:
    Interval(int, 1, optional=True).check("Clusters", "n_clusters", n_clusters)
    fewest = max(FEWEST, n_clusters or 0)
    if n < fewest:
        raise BadInput(f"n_samples={n} items; at least {fewest} are needed for kinds of them.")


def _ways(n: int, n_clusters: int | None, seed: int) -> dict[int, Division]:
    """Ways to find kinds, by the number of directions each wants."""
    if n_clusters is not None:
        by_means = partial(Layout.divided, n_clusters=n_clusters, seed=seed)
        return {Layout.wanted(n_clusters): by_means}
    most = max(DIRECTIONS[0], n // ITEMS_A_DIRECTION)
    counts = [count for count in DIRECTIONS if count <= most]
    return {count: partial(Layout.dense, count=count, seed=seed) for count in counts}


def _follow(graph: NeighbourGraph, kinds: Indices, codes: Floats) -> Indices:
    """The kind that the neighbours of other codes are of."""
    # The last column is that of no kind.
    held = np.eye(int(kinds.max(initial=-1)) + 2)[kinds]
    found = graph.of_others(codes, held).argmax(1)
    return np.where(found == held.shape[1] - 1, -1, found)


def _by_size(labels: Indices) -> Indices:
    """The same kinds, numbered by their size; -1 stays."""
    kinds, sizes = np.unique(labels[labels >= 0], return_counts=True)
    rank = np.full(int(labels.max(initial=-1)) + 2, -1)
    rank[kinds[np.argsort(-sizes, kind="stable")]] = np.arange(len(kinds))
    return np.asarray(rank[labels])
