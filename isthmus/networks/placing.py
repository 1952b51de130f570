"""Where an item lies on a map, by the items that are like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from isthmus.networks.cells import PROBED, in_cells, nearest_centres, nearest_in_cells
from isthmus.networks.looks import Looks

__all__ = ["VOTERS", "Arrangement", "Placing", "settled"]

# Items that tell where another lies.
VOTERS = 10
# Each counts by exp(-SHARP d^2) / d^2; the unit is the usual distance between neighbours. The
# second factor lets an item that is known lie where it does.
SHARP, TINY = 3.0, 1e-6
# Voters at this distance on the map, whose deviation is one, count half as much, and how often what
# they say is computed anew.
NEAR, ROUNDS = 0.05, 5


@dataclass(frozen=True)
class Arrangement:
    """Items whose places on a map are known.

    Attributes
    ----------
    mean : Tensor, shape (q,)
    directions : Tensor, shape (m, q)
        The numbers by which items are compared are those of `Looks`, less the mean, along these:
        PCA, in units of the usual distance between neighbours.
    edges : float
        What edges count beside pixels.
    numbers : Tensor, shape (n, m)
    places : Tensor, shape (n, d)
        On a map whose deviation is one.
    """

    mean: Tensor
    directions: Tensor
    edges: float
    numbers: Tensor
    places: Tensor

    @classmethod
    def of_one(cls, q: int, m: int, d: int) -> Arrangement:
        """One item that is nothing, at the middle of the map."""
        zeros = torch.zeros
        return cls(zeros(q), zeros(min(m, q), q), 1.0, zeros(1, min(m, q)), zeros(1, d))


def settled(squares: Tensor, places: Tensor) -> Tensor:
    """The place where most of those agree that are near.

    Their weighted mean would often lie where nobody is, between the groups that they belong to. So
    it is only begun at: those far from it count less, and it is computed anew (mean shift: Cheng,
    IEEE PAMI 1995; the weights of a Cauchy distribution).

    Parameters
    ----------
    squares : Tensor, shape (n, k)
        Squared distances, in units of those usual between neighbours.
    places : Tensor, shape (n, k, d)

    Returns
    -------
    Tensor, shape (n, d)
    """
    squares = squares.clamp_min(0.0)
    nearest = squares.min(1, keepdim=True).values
    # The nearest one has a weight of one, however far all are.
    shares = (SHARP * (nearest - squares)).exp() * ((nearest + TINY) / (squares + TINY))
    place = _mean(shares, places)
    for _ in range(ROUNDS):
        apart = (places - place[:, None]).square().sum(2)
        place = _mean(shares / (1 + apart / NEAR**2), places)
    return place


def _mean(shares: Tensor, places: Tensor) -> Tensor:
    return (shares[:, :, None] * places).sum(1) / shares.sum(1, keepdim=True)


class Placing(nn.Module):
    """Places items by the nearest of those whose places are known.

    Known items lie in cells (`isthmus.networks.cells`), and only the nearest cells are looked
    through.
    """

    def __init__(self, looks: Looks, start: Arrangement):
        super().__init__()
        self.looks = looks
        looks.edges.fill_(start.edges)
        self.mean = nn.Buffer(start.mean)
        self.directions = nn.Buffer(start.directions)
        centres, cells = in_cells(start.numbers)
        order = cells.argsort(stable=True)
        self.centres = nn.Buffer(centres)
        self.ends = nn.Buffer(cells.bincount(minlength=len(centres)).cumsum(0))
        self.numbers = nn.Buffer(start.numbers[order])
        self.lengths = nn.Buffer(self.numbers.square().sum(1))
        self.places = nn.Buffer(start.places[order])

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Take as many items as the file has."""
        for name, held in self._buffers.items():
            given = state.get(prefix + name)
            if held is not None and given is not None:
                setattr(self, name, held.new_empty(given.shape))
        super()._load_from_state_dict(state, prefix, *rest)

    def forward(self, items: Tensor) -> Tensor:
        """(n, *item_shape) -> (n, d)."""
        numbers = (self.looks(items) - self.mean) @ self.directions.T
        squares, which = self.nearest(numbers)
        return settled(squares, self.places[which])

    def nearest(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest known items that are found, of rows (n, m).

        Returns
        -------
        squares : Tensor, shape (n, k)
            Squared distances; infinite where fewer were found.
        which : Tensor of int, shape (n, k)
        """
        if self.centres.shape[0] > PROBED:
            cells = nearest_centres(numbers, self.centres, PROBED)
            found = nearest_in_cells(
                numbers.detach(), cells, self.numbers, self.lengths, self.ends, VOTERS
            )
        else:
            apart = torch.addmm(self.lengths, numbers, self.numbers.T, alpha=-2)
            found = apart.topk(min(VOTERS, self.numbers.shape[0]), largest=False).indices
        which = found.clamp_min(0)
        # Where items are alike, differences of products have few digits; these have all.
        squares = (numbers[:, None] - self.numbers[which]).square().sum(2)
        return squares.masked_fill(found < 0, torch.inf), which
