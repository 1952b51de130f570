"""From the items of a fit to where they lie on a map, and to the landmarks that a map begins at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.data.rows import Rows, drawn
from isthmus.networks import Arrangement, Landmarks, Looks
from isthmus.places import arrange, nearest_of, ties_of
from isthmus.principal import fit_principal

__all__ = ["Arranged", "arranged"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# Neighbours of each item.
NEIGHBOURS = 15
# Of more items than these some are arranged: comparing all with all would take too long.
MOST_ARRANGED = 100_000
PCA_SAMPLE = 20_000
# Items looked at at once.
AT_ONCE = 1024
# A landmark is near within a fifth of the usual square of the distance between neighbours.
SHARPER = 5.0
# Of the items at most one in so many is a landmark: others have to be placed by those like them.
SPARSE = 2


@dataclass(frozen=True)
class Arranged:
    """What was found.

    Attributes
    ----------
    start : Arrangement
    which : ndarray of int, shape (m,)
        The rows that were arranged.
    places : Tensor, shape (m, d)
        Theirs, on a map whose deviation is one.
    """

    start: Arrangement
    which: Indices
    places: Tensor


def arranged(
    network: Landmarks, rows: Rows, subset: Indices, n_components: int, seed: int
) -> Arranged:
    """Arrange some rows on a map of so many dimensions.

    Pictures are compared by pixels and edges, which vary as much in all (`Looks`); what is compared
    are the first numbers of PCA of both.
    """
    network.check_dimensions(n_components)
    which = np.sort(subset[drawn(len(subset), MOST_ARRANGED, seed)])
    looks = Looks(rows.item_shape)
    seen = torch.cat([looks(rows.batch(some)) for some in _pieces(which)])
    edges = _edges(seen, looks.n_plain)
    seen[:, looks.n_plain :] *= edges
    sample = seen[drawn(len(seen), PCA_SAMPLE, seed)].numpy()
    m = min(network.numbers, seen.shape[1], len(sample))
    pca = fit_principal(lambda: iter([sample]), len(sample), sample.shape[1], m, seed)
    mean = torch.from_numpy(pca.mean).float()
    directions = torch.from_numpy(pca.directions).float()
    numbers = (seen - mean) @ directions.T
    nearest = nearest_of(numbers.numpy(), min(NEIGHBOURS, len(which) - 1))
    begin = torch.zeros(len(which), n_components)
    begin[:, : min(m, n_components)] = numbers[:, :n_components]
    places = arrange(ties_of(nearest), begin)
    places = places / places.std().clamp_min(1e-12)
    far = (numbers - numbers[nearest[:, min(5, nearest.shape[1] - 1)]]).square().sum(1).mean()
    of = np.resize(
        drawn(len(which), max(1, min(network.landmarks, len(which) // SPARSE)), seed),
        network.landmarks,
    )
    padded = network.blank(rows.item_shape, n_components)
    padded.directions[: len(directions)] = directions
    padded.landmarks[:, :m] = numbers[of]
    start = Arrangement(
        mean,
        padded.directions,
        edges,
        padded.landmarks,
        places[of].clone(),
        SHARPER / max(float(far), 1e-12),
    )
    return Arranged(start, which, places)


def _pieces(which: Indices) -> list[Indices]:
    return [which[start : start + AT_ONCE] for start in range(0, len(which), AT_ONCE)]


def _edges(seen: Tensor, n_plain: int) -> float:
    """What makes edges vary as much as pixels, all together."""
    if seen.shape[1] == n_plain:
        return 1.0
    of_edges = float(seen[:, n_plain:].var(0).sum())
    return (float(seen[:, :n_plain].var(0).sum()) / of_edges) ** 0.5 if of_edges else 1.0
