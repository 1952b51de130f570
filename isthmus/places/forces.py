"""What pulls neighbours together on a map and pushes all items apart."""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor

__all__ = ["Attraction", "Repulsion"]

# Values are interpolated between so many nodes of a box, on each axis.
NODES = 3
# The side of a box by the number of dimensions, in units in which a pair's force is half: in three
# dimensions grids of finer boxes would not fit in memory.
BOX = {1: 0.5, 2: 1.0, 3: 1.5}
# Grids grow by so many nodes, for FFTs of good sizes and kernels that need not be made often.
GRID_STEP = {1: 48, 2: 48, 3: 16}
# Of so few items all pairs take less time than a grid does.
FEW = 2000


class Attraction:
    """Forces between tied items.

    Parameters
    ----------
    ties : csr_matrix, shape (n, n)
        Symmetric.
    """

    def __init__(self, ties: csr_matrix):
        per_row = np.diff(ties.indptr)
        self.ends = torch.from_numpy(np.repeat(np.arange(ties.shape[0]), per_row))
        self.others = torch.from_numpy(ties.indices.astype(np.int64))
        self.weights = torch.from_numpy(ties.data.astype(np.float32))
        self.offsets = torch.from_numpy(ties.indptr.astype(np.int64))

    def __call__(self, places: Tensor) -> Tensor:
        """``sum_j p_ij (y_i - y_j) / (1 + |y_i - y_j|^2)``, shape (n, d) -> (n, d)."""
        apart = places[self.ends] - places[self.others]
        pull = apart * (self.weights / (1 + apart.square().sum(1)))[:, None]
        return torch.segment_reduce(pull, "sum", offsets=self.offsets, axis=0, unsafe=True)


class Repulsion:
    """Forces between all pairs, in a time that grows as the number of items, not its square.

    Items are spread onto the nodes of a grid, the grid is convolved with the kernels by FFT, and
    what results is read at the items: Linderman et al., "Fast interpolation-based t-SNE for
    improved visualization of single-cell RNA-seq data" (Nature Methods, 2019).

    Parameters
    ----------
    n_dimensions : {1, 2, 3}
    """

    def __init__(self, n_dimensions: int):
        self.box = BOX[n_dimensions]
        self.nodes = (2 * torch.arange(NODES) + 1) / (2 * NODES)
        self.n_nodes = 0
        self.kernels = torch.empty(0)

    def __call__(self, places: Tensor) -> tuple[Tensor, float]:
        """The forces and the sum that makes them shares.

        Parameters
        ----------
        places : Tensor, shape (n, d)

        Returns
        -------
        forces : Tensor, shape (n, d)
            ``sum_j (y_i - y_j) / (1 + |y_i - y_j|^2)^2``.
        total : float
            ``sum_{i != j} 1 / (1 + |y_i - y_j|^2)``.
        """
        n, d = places.shape
        if n <= FEW:
            return _of_all_pairs(places)
        offset = places - places.min(0).values
        self._fit(float(offset.max()), d)
        which, share = self._on_grid(offset)
        charges = torch.cat([torch.ones(n, 1), offset], 1)
        grid = torch.zeros(d + 1, self.n_nodes**d)
        for charge, values in zip(charges.T, grid, strict=True):
            values.index_add_(0, which.view(-1), (share * charge[:, None]).view(-1))
        at = torch.stack([(values[which] * share).sum(1) for values in self._convolved(grid, d)], 1)
        forces = offset * at[:, 1:2] - at[:, 2:]
        return forces, float(at[:, 0].double().sum()) - n

    def _fit(self, span: float, d: int) -> None:
        """Kernels for items over so long a side, kept until another grid is needed."""
        n_nodes = (int(span / self.box) + 1) * NODES
        n_nodes = -(-n_nodes // GRID_STEP[d]) * GRID_STEP[d]
        if n_nodes == self.n_nodes:
            return
        self.n_nodes = n_nodes
        steps = torch.arange(2 * n_nodes)
        far = torch.minimum(steps, 2 * n_nodes - steps) * (self.box / NODES)
        square = sum(far.square().view(-1, *[1] * axis) for axis in range(d))
        weight = 1 / (1 + torch.as_tensor(square))
        self.kernels = torch.stack([torch.fft.rfftn(weight), torch.fft.rfftn(weight.square())])

    def _on_grid(self, offset: Tensor) -> tuple[Tensor, Tensor]:
        """Nodes that stand for each item, and their shares, both (n, NODES ** d)."""
        n, d = offset.shape
        scaled = offset / self.box
        box = scaled.floor()
        inside = scaled - box
        which, share = torch.zeros(n, 1, dtype=torch.int64), torch.ones(n, 1)
        for axis in range(d):
            nodes = box[:, axis].long()[:, None] * NODES + torch.arange(NODES)
            which = (which[:, :, None] * self.n_nodes + nodes[:, None]).view(n, -1)
            share = (share[:, :, None] * self._lagrange(inside[:, axis])[:, None]).view(n, -1)
        return which, share

    def _lagrange(self, inside: Tensor) -> Tensor:
        """Shares of a box's nodes at places 0..1 in it, shape (n,) -> (n, NODES)."""
        columns = []
        for i, node in enumerate(self.nodes):
            others = [other for j, other in enumerate(self.nodes) if j != i]
            columns.append(prod((inside - other) / (node - other) for other in others))
        return torch.stack(columns, 1)

    def _convolved(self, grid: Tensor, d: int) -> Tensor:
        """The first charge under the first kernel, then all under the second, (d + 2, nodes)."""
        sides, axes = (2 * self.n_nodes,) * d, tuple(range(1, d + 1))
        spectra = torch.fft.rfftn(grid.view(-1, *(self.n_nodes,) * d), s=sides, dim=axes)
        products = torch.cat([spectra[:1] * self.kernels[0], spectra * self.kernels[1]])
        whole = torch.fft.irfftn(products, s=sides, dim=axes)
        kept = (slice(None), *(slice(self.n_nodes),) * d)
        return whole[kept].reshape(d + 2, -1)


def _of_all_pairs(places: Tensor) -> tuple[Tensor, float]:
    """What `Repulsion` gives, pair by pair."""
    weight = 1 / (1 + torch.cdist(places, places).square())
    total = float(weight.double().sum()) - len(places)
    weight = weight.square()
    return places * weight.sum(1, keepdim=True) - weight @ places, total
