"""The nearest known rows, found in few cells."""

from __future__ import annotations

import torch

from isthmus.networks.cells import FEW, in_cells, nearest_centres, nearest_in_cells


def test_each_row_lies_in_the_cell_of_the_nearest_centre():
    known = torch.randn(5 * FEW, 4, generator=torch.Generator().manual_seed(0))
    centres, cells = in_cells(known)
    assert len(centres) > 1
    assert torch.equal(cells, torch.cdist(known, centres).argmin(1))


def test_those_of_the_cells_that_are_looked_through_are_found():
    generator = torch.Generator().manual_seed(0)
    known, rows = torch.randn(60, 3, generator=generator), torch.randn(20, 3, generator=generator)
    # The second cell is empty, the third has fewer than are wanted.
    ends = torch.tensor([30, 30, 34, 60])
    cells = torch.stack([torch.randperm(4, generator=generator)[:2] for _ in rows])
    found = nearest_in_cells(rows, cells, known, known.square().sum(1), ends, 5)
    of_each = torch.bucketize(torch.arange(60), ends, right=True)
    for row, probed, which in zip(rows, cells, found, strict=True):
        apart = (known - row).square().sum(1)
        apart[~torch.isin(of_each, probed)] = torch.inf
        best = apart.topk(5, largest=False)
        expected = best.indices.where(best.values.isfinite(), -1)
        assert torch.equal(which, expected)
    assert bool((found < 0).any())


def test_few_centres_are_ranked():
    centres = torch.tensor([[0.0], [1.0], [5.0]])
    assert nearest_centres(torch.tensor([[4.0]]), centres, 2).tolist() == [[2, 1]]
