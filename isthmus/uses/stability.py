"""Whether kinds are there, or made by chance: found again in halves of the items."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from isthmus.data.rows import drawn
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.layout import Layout

__all__ = ["Division", "stabilities"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]
#: Finds kinds in a layout, shape (n,); -1 is none.
Division = Callable[[Layout], Indices]

# Halves drawn, of at most so many items.
HALVES, MOST_ITEMS = 5, 2**12


def stabilities(
    codes: Floats, divisions: Sequence[Division], n_directions: int, seed: int = 0
) -> Floats:
    """How alike the kinds of all items and those of half of them are, shape (len(divisions),).

    Agreement of the two on that half by the adjusted Rand index, mean over halves drawn at random:
    1 is the same kinds, 0 is chance. Ben-Hur, Elisseeff and Guyon, "A stability based method for
    discovering structure in clustered data" (PSB 2002), with halves against the whole.

    Parameters
    ----------
    codes : ndarray, shape (n, k)
        Of more than 4,096 items as many are drawn.
    divisions : sequence of callables
    n_directions : int
        Directions of each layout.
    seed : int
    """
    codes = codes[drawn(len(codes), MOST_ITEMS, seed)]
    chance = np.random.default_rng(seed)
    of_all = _kinds(codes, divisions, n_directions)
    agreement = np.zeros((HALVES, len(divisions)))
    for i in range(HALVES):
        half = chance.permutation(len(codes))[: max(3, len(codes) // 2)]
        of_half = _kinds(codes[half], divisions, n_directions)
        pairs = zip(of_all, of_half, strict=True)
        agreement[i] = [adjusted_rand_score(whole[half], part) for whole, part in pairs]
    return agreement.mean(0)


def _kinds(codes: Floats, divisions: Sequence[Division], n_directions: int) -> list[Indices]:
    layout = Layout.of(NeighbourGraph.of(codes), n_directions)
    return [division(layout) for division in divisions]
