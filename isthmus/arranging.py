"""From the items of a fit to where they lie on a map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.data.indices import Indices
from isthmus.data.rows import Rows, drawn
from isthmus.networks import VOTERS, Arrangement, Looks, Neighbours, settled
from isthmus.places import arrange, nearest_of, ties_of
from isthmus.principal import PrincipalComponents, fit_principal

__all__ = ["Arranged", "arranged"]

# Neighbours of each item.
NEIGHBOURS = 15
# Of more items than these some are arranged: comparing all with all would take too long.
MOST_ARRANGED = 100_000
PCA_SAMPLE = 20_000
# Items looked at at once.
AT_ONCE = 1024


@dataclass(frozen=True)
class Arranged:
    """What was found.

    Attributes
    ----------
    start : Arrangement
    which : ndarray of int, shape (m,)
        The rows that were arranged.
    codes : Tensor, shape (m, d)
        Where the others would place each of them, as a new item would be placed.
    """

    start: Arrangement
    which: NDArray[np.intp]
    codes: Tensor


def arranged(
    network: Neighbours, rows: Rows, subset: Indices, n_components: int, seed: int
) -> Arranged:
    """Arrange some rows on a map of so many dimensions.

    Pictures are compared by pixels and edges, which vary as much in all (`Looks`); what is compared
    are the first numbers of PCA of both.
    """
    network.check_dimensions(n_components)
    which = np.sort(subset[drawn(len(subset), MOST_ARRANGED, seed)])
    looks = Looks(rows.item_shape)
    seen = torch.cat([looks(rows.batch(some)) for some in np.split(which, _ends(which))])
    edges = _edges(seen, looks.n_plain)
    seen[:, looks.n_plain :] *= edges
    pca = _principal(seen, network.compared(rows.item_shape), seed)
    mean, directions = (torch.from_numpy(x).float() for x in (pca.mean, pca.directions))
    numbers = (seen - mean) @ directions.T
    nearest = nearest_of(numbers.numpy(), min(NEIGHBOURS, len(which) - 1))
    begin = torch.zeros(len(which), n_components)
    begin[:, : len(directions)] = numbers[:, :n_components]
    places = arrange(ties_of(nearest), begin)
    places = places / places.std().clamp_min(1e-12)
    squares = _squares(numbers, nearest[:, :VOTERS])
    # What is usual: the distance to the fifth neighbour, or to the last of fewer.
    usual = float(squares[:, :5][:, -1].mean()) ** 0.5 or 1.0
    codes = settled(squares / usual**2, places[nearest[:, :VOTERS]])
    start = Arrangement(mean, directions / usual, edges, numbers / usual, places)
    return Arranged(start, which, codes)


def _principal(seen: Tensor, most: int, seed: int) -> PrincipalComponents:
    """PCA of some, with so many numbers at most."""
    sample = seen[drawn(len(seen), PCA_SAMPLE, seed)].numpy()
    n, q = sample.shape
    return fit_principal(lambda: iter([sample]), n, q, min(most, q, n), seed)


def _squares(numbers: Tensor, nearest: NDArray[np.intp]) -> Tensor:
    """Squared distances from neighbours, (n, m) and (n, k) -> (n, k)."""
    pieces = [
        (numbers[at, None] - numbers[near]).square().sum(2)
        for at, near in zip(
            torch.arange(len(nearest)).split(AT_ONCE),
            torch.from_numpy(nearest).split(AT_ONCE),
            strict=True,
        )
    ]
    return torch.cat(pieces)


def _ends(which: NDArray[np.intp]) -> list[int]:
    return list(range(AT_ONCE, len(which), AT_ONCE))


def _edges(seen: Tensor, n_plain: int) -> float:
    """What makes edges vary as much as pixels, all together."""
    if seen.shape[1] == n_plain:
        return 1.0
    of_edges = float(seen[:, n_plain:].var(0).sum())
    return (float(seen[:, :n_plain].var(0).sum()) / of_edges) ** 0.5 if of_edges else 1.0
