"""Forces by grids, against sums over all pairs."""

from __future__ import annotations

import pytest
import torch

from isthmus.places import Repulsion, forces


@pytest.mark.parametrize(("d", "size", "most"), [(1, 3.0, 0.01), (2, 3.0, 0.02), (3, 3.0, 0.08)])
@pytest.mark.parametrize("few", [0, 600])
def test_pushes_are_those_of_every_pair(d, size, most, few, monkeypatch):
    monkeypatch.setattr(forces, "FEW", few)
    places = size * torch.randn(600, d, generator=torch.Generator().manual_seed(0))
    pushes, total = Repulsion(d)(places)
    apart = (places[:, None] - places[None]).double()
    weight = 1 / (1 + apart.square().sum(2))
    exact = (weight.square()[:, :, None] * apart).sum(1)
    assert (pushes - exact).norm() < most * exact.norm()
    assert total == pytest.approx(float(weight.sum()) - 600, rel=0.01)
