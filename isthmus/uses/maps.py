"""How good a map of codes is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from isthmus.data.rows import drawn

__all__ = ["MapFigures", "map_figures", "told_by_neighbours"]

Floats = NDArray[np.floating]

# Neighbours that are looked at, and that vote on a label.
NEIGHBOURS, VOTERS = 15, 5
# Ranks among more items than these take too long, and so do distances between all of more.
MOST_RANKED, MOST_APART = 4000, 1500


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
    some = drawn(len(codes), MOST_RANKED, seed)
    n_neighbors = min(NEIGHBOURS, (len(some) - 1) // 2)
    far, near = codes[some], places[some]
    apart = drawn(len(some), MOST_APART, seed)
    return MapFigures(
        float(trustworthiness(far, near, n_neighbors=n_neighbors)),
        float(trustworthiness(near, far, n_neighbors=n_neighbors)),
        float(spearmanr(pdist(far[apart]), pdist(near[apart])).statistic),
    )


def told_by_neighbours(
    places: Floats, labels: NDArray[np.str_], others: Floats, theirs: NDArray[np.str_]
) -> float | None:
    """The share of other items whose label five neighbours on a map tell; None without any."""
    known, asked = labels != "", theirs != ""
    if known.sum() < VOTERS or not asked.any():
        return None
    voters = KNeighborsClassifier(VOTERS).fit(places[known], labels[known])
    return float(voters.score(others[asked], theirs[asked]))
