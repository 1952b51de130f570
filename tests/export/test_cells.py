"""The search in cells, as ONNX Runtime does it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from isthmus.export.graphs import graph_of
from isthmus.networks.cells import nearest_in_cells

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX needs isthmus[onnx]")
pytestmark = pytest.mark.usefixtures("quick_exporter")

COUNT = 5


class Search(nn.Module):
    """Cells of 30, no, 4 and 26 rows; a row says itself in which two it is searched for."""

    def __init__(self):
        super().__init__()
        known = torch.randn(60, 3, generator=torch.Generator().manual_seed(0))
        self.known = nn.Buffer(known)
        self.lengths = nn.Buffer(known.square().sum(1))
        self.ends = nn.Buffer(torch.tensor([30, 30, 34, 60]))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        cells = rows[:, 3:].long()
        return nearest_in_cells(rows[:, :3], cells, self.known, self.lengths, self.ends, COUNT)


def test_it_finds_what_pytorch_does():
    generator = torch.Generator().manual_seed(1)
    numbers = torch.randn(40, 3, generator=generator)
    cells = torch.stack([torch.randperm(4, generator=generator)[:2] for _ in numbers])
    rows, search = torch.cat([numbers, cells], 1), Search()
    about = {"takes": "rows", "gives": "found"}
    file = graph_of(search, rows[:2], {0: torch.export.Dim("n", min=1)}, about)
    session = onnxruntime.InferenceSession(file)
    # One row in cells that hold less than is wanted, one in full ones, some, all.
    little = rows[[{1, 2} == set(pair) for pair in cells.tolist()]]
    for batch in (little, little[:1], rows[:1], rows[:7], rows):
        expected = search(batch).numpy()
        assert np.array_equal(session.run(None, {"rows": batch.numpy()})[0], expected)
    assert (search(little) < 0).any()
