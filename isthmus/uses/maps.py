"""How good a map of codes is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from isthmus.data.rows import drawn

__all__ = ["MapFigures", "map_figures", "told_by_neighbours", "trustworthiness"]

Floats = NDArray[np.floating]

# Neighbours that are looked at, and that vote on a label.
NEIGHBOURS, VOTERS = 15, 5
# The neighbours of more items than these, and distances between all of more, take too long.
MOST_ASKED, MOST_APART = 2000, 1500
# Items whose distances from all are looked at at once.
AT_ONCE = 100


@dataclass(frozen=True)
class MapFigures:
    """What a map keeps, each 1 at best.

    Attributes
    ----------
    trustworthiness : float
        Whether neighbours on the map are neighbours among codes: Venna and Kaski, "Neighborhood
        preservation in nonlinear projection methods" (ICANN 2001), 15 neighbours.
    continuity : float
        Whether neighbours among codes are neighbours on the map; the same paper.
    distances : float
        Rank correlation (Spearman) of the distances of all pairs.
    """

    trustworthiness: float
    continuity: float
    distances: float


def map_figures(codes: Floats, places: Floats, seed: int = 0) -> MapFigures:
    """Compare a map, shape (n, d), with codes, shape (n, k); of many items some are drawn.

    There must be at least 4 items.
    """
    asked = drawn(len(codes), MOST_ASKED, seed)
    n_neighbors = min(NEIGHBOURS, (len(codes) - 1) // 2)
    apart = drawn(len(codes), MOST_APART, seed)
    return MapFigures(
        trustworthiness(codes, places, n_neighbors, asked),
        trustworthiness(places, codes, n_neighbors, asked),
        float(spearmanr(pdist(codes[apart]), pdist(places[apart])).statistic),
    )


def trustworthiness(
    items: Floats, places: Floats, n_neighbors: int, asked: NDArray[np.intp] | None = None
) -> float:
    """Whether neighbours on a map are neighbours among items.

    As `sklearn.manifold.trustworthiness`, but of some items among all, which takes a fraction of
    the time and of the memory.

    Parameters
    ----------
    items : ndarray, shape (n, p)
    places : ndarray, shape (n, d)
    n_neighbors : int
        Less than n / 2.
    asked : ndarray of int, shape (m,), or None
        Whose neighbours are looked at; None takes all.
    """
    n = len(items)
    asked = np.arange(n) if asked is None else asked
    nearest = NearestNeighbors(n_neighbors=n_neighbors + 1).fit(places).kneighbors(places[asked])[1]
    squares = np.square(items, dtype=np.float64).sum(1)
    intruders = 0.0
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        far = euclidean_distances(items[some], items, Y_norm_squared=squares[None], squared=True)
        far[np.arange(len(some)), some] = -1.0
        for own, of_all, near in zip(some, far, nearest[start : start + AT_ONCE], strict=True):
            others = near[near != own][:n_neighbors]
            # The nearest other item has rank 1, as the item itself lies before it.
            ranks = (of_all < of_all[others, None]).sum(1)
            intruders += np.maximum(ranks - n_neighbors, 0).sum()
    return float(1 - 2 * intruders / (len(asked) * n_neighbors * (2 * n - 3 * n_neighbors - 1)))


def told_by_neighbours(
    places: Floats, labels: NDArray[np.str_], others: Floats, theirs: NDArray[np.str_]
) -> float | None:
    """The share of other items whose label five neighbours on a map tell; None without any."""
    known, asked = labels != "", theirs != ""
    if known.sum() < VOTERS or not asked.any():
        return None
    voters = KNeighborsClassifier(VOTERS).fit(places[known], labels[known])
    return float(voters.score(others[asked], theirs[asked]))
