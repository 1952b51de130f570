"""Where an item lies on a map, by the items that are like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

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
# So few items are all compared with; of more about so many lie in a cell, and the cells nearest to
# an item are looked through.
FEW, IN_CELL, PROBED = 2048, 768, 4
# How often centres move to the means of their cells.
MOVES = 5


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

    Known items lie in cells, each nearest to the cell's centre, and only the nearest cells are
    looked through: Sivic and Zisserman, "Video Google" (ICCV 2003), inverted files.
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
        search = self._of_all if torch.compiler.is_compiling() else self._in_cells
        near, which = search(numbers)
        # Where items are alike, differences of products have few digits; these have all.
        squares = (numbers[:, None] - self.numbers[which]).square().sum(2)
        return squares.where(near.isfinite(), near), which

    def _in_cells(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """The same, cell by cell; squared distances lack the square of the item's own length."""
        n, n_cells = len(numbers), len(self.centres)
        probed = min(PROBED, n_cells)
        cells = nearest_centres(numbers, self.centres, probed).flatten()
        voters = min(VOTERS, len(self.numbers))
        near = numbers.new_full((n * probed, voters), torch.inf)
        which = torch.zeros(n * probed, voters, dtype=torch.int64, device=numbers.device)
        ends = self.ends.tolist()
        asking = cells.argsort(stable=True).split(cells.bincount(minlength=n_cells).tolist())
        for begin, end, asked in zip([0, *ends[:-1]], ends, asking, strict=True):
            if len(asked) and end > begin:
                count = min(voters, end - begin)
                apart = torch.addmm(
                    self.lengths[begin:end],
                    numbers[asked // probed],
                    self.numbers[begin:end].T,
                    alpha=-2,
                )
                found = apart.topk(count, largest=False, sorted=False)
                near[asked, :count] = found.values
                which[asked, :count] = found.indices + begin
        best = near.view(n, -1).topk(voters, largest=False)
        return best.values, which.view(n, -1).gather(1, best.indices)

    def _of_all(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """The same in one product for a graph, which has no loops: where not probed, infinite."""
        apart = torch.addmm(self.lengths, numbers, self.numbers.T, alpha=-2)
        if self.centres.shape[0] > PROBED:
            cells = nearest_centres(numbers, self.centres, PROBED)
            of_cells = numbers.new_full((numbers.shape[0], self.centres.shape[0]), torch.inf)
            apart = apart + of_cells.scatter(1, cells, 0.0)[:, self._cell_of_each()]
        best = apart.topk(min(VOTERS, self.numbers.shape[0]), largest=False)
        return best.values, best.indices

    def _cell_of_each(self) -> Tensor:
        """The cell of each known item, (n,): how many cells have ended before it."""
        ended = self.ends.new_zeros(self.numbers.shape[0] + 1)
        return ended.scatter_add(0, self.ends, torch.ones_like(self.ends)).cumsum(0)[:-1]


def in_cells(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Centres of cells, (c, m), and the cell of each row, (n,): k-means, begun at some rows."""
    n = len(numbers)
    n_cells = 1 if n <= FEW else n // IN_CELL
    centres = numbers[torch.linspace(0, n - 1, n_cells).long()].clone()
    for _ in range(MOVES):
        cells = nearest_centres(numbers, centres, 1)[:, 0]
        counts = cells.bincount(minlength=n_cells)[:, None]
        sums = torch.zeros_like(centres).index_add_(0, cells, numbers)
        centres = torch.where(counts > 0, sums / counts, centres)
    return centres, nearest_centres(numbers, centres, 1)[:, 0]


def nearest_centres(numbers: Tensor, centres: Tensor, count: int) -> Tensor:
    """The nearest centres of rows, (n, m) and (c, m) -> (n, count)."""
    apart = torch.addmm(centres.square().sum(1), numbers, centres.T, alpha=-2)
    return apart.topk(count, largest=False).indices
