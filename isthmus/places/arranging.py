"""Items moved about until neighbours lie together."""

from __future__ import annotations

import torch
from scipy.sparse import csr_matrix
from torch import Tensor

from isthmus.places.forces import Attraction, Repulsion

__all__ = ["arrange"]

# At first neighbours pull more strongly, so that groups find together.
EARLY, LATE = 100, 200
EXAGGERATION = 12.0
MOMENTUM = {True: 0.5, False: 0.8}
# Each number's own rate grows while it goes one way and falls when it turns.
FASTER, SLOWER, SLOWEST = 0.2, 0.8, 0.01
SMALL = 1e-4


def arrange(ties: csr_matrix, begin: Tensor, early: int = EARLY, late: int = LATE) -> Tensor:
    """Places of items on a map: t-SNE.

    van der Maaten and Hinton, "Visualizing data using t-SNE" (JMLR 2008); the rate is the number
    of items over the exaggeration (Belkina et al., "Automated optimized parameters for t-SNE",
    Nature Communications, 2019); begun at PCA (Kobak and Berens, Nature Communications, 2019).

    Parameters
    ----------
    ties : csr_matrix, shape (n, n)
        See `ties_of`.
    begin : Tensor, shape (n, d)
        Where items lie at first, in any unit; d is 1, 2 or 3.
    early, late : int
        Steps with exaggerated attraction, and without.

    Returns
    -------
    Tensor, shape (n, d)
        Centred; the unit is the distance at which a pair's force is half.
    """
    attraction, repulsion = Attraction(ties), Repulsion(begin.shape[1])
    deviation = float(begin.std(0).max()) or 1.0
    places = (begin - begin.mean(0)) / deviation * SMALL
    speed, rates = torch.zeros_like(places), torch.ones_like(places)
    for step in range(early + late):
        begins = step < early
        exaggeration = EXAGGERATION if begins else 1.0
        push, total = repulsion(places)
        slope = 4 * (exaggeration * attraction(places) - push / total)
        turned = slope * speed > 0
        rates = torch.where(turned, rates * SLOWER, rates + FASTER).clamp_(min=SLOWEST)
        speed = MOMENTUM[begins] * speed - len(places) / exaggeration * rates * slope
        places = places + speed
        places = places - places.mean(0)
    return places
