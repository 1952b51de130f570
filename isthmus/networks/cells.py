"""Known rows in cells, so that few are looked at to find the nearest ones of a row.

Each known row lies in the cell whose centre is nearest to it, and only the nearest cells of a row
are looked through: Sivic and Zisserman, "Video Google" (ICCV 2003), inverted files.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["FEW", "PROBED", "in_cells", "nearest_centres", "nearest_in_cells"]

# So few rows are all compared with; of more about so many lie in a cell, and the cells nearest to a
# row are looked through.
FEW, IN_CELL, PROBED = 2048, 768, 4
# How often centres move to the means of their cells.
MOVES = 5


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


# A graph has no such loop, so in one this is a single step, which the exporter translates.
@torch.library.custom_op(
    "isthmus::nearest_in_cells",
    mutates_args=(),
    schema="(Tensor numbers, Tensor cells, Tensor known, Tensor lengths, Tensor ends, int count)"
    " -> Tensor",
)
def nearest_in_cells(
    numbers: Tensor, cells: Tensor, known: Tensor, lengths: Tensor, ends: Tensor, count: int
) -> Tensor:
    """The nearest known rows of some, in the cells that are looked through; -1 where no more are.

    Parameters
    ----------
    numbers : Tensor, shape (n, m)
    cells : Tensor of int, shape (n, p)
        Which are looked through for each.
    known : Tensor, shape (q, m)
        Known rows, cell after cell.
    lengths : Tensor, shape (q,)
        Their squares, summed.
    ends : Tensor of int, shape (c,)
        How many known rows have come when a cell ends.
    count : int
        How many are wanted.

    Returns
    -------
    Tensor of int, shape (n, count)
        The nearest one first.
    """
    n, probed = cells.shape
    asked_cells = cells.flatten()
    near = numbers.new_full((n * probed, count), torch.inf)
    which = torch.full((n * probed, count), -1, dtype=torch.int64, device=numbers.device)
    bounds = ends.tolist()
    turns = asked_cells.bincount(minlength=len(bounds)).tolist()
    asking = asked_cells.argsort(stable=True).split(turns)
    for begin, end, asked in zip([0, *bounds[:-1]], bounds, asking, strict=True):
        if len(asked) and end > begin:
            some = min(count, end - begin)
            # The square of the row's own length is the same for all.
            apart = torch.addmm(
                lengths[begin:end], numbers[asked // probed], known[begin:end].T, alpha=-2
            )
            found = apart.topk(some, largest=False, sorted=False)
            near[asked, :some] = found.values
            which[asked, :some] = found.indices + begin
    best = near.view(n, -1).topk(count, largest=False).indices
    return which.view(n, -1).gather(1, best)


@nearest_in_cells.register_fake
def _shape_of_nearest(
    numbers: Tensor, cells: Tensor, known: Tensor, lengths: Tensor, ends: Tensor, count: int
) -> Tensor:
    return cells.new_empty(cells.shape[0], count)
