"""How far codes are from places, against the distance itself."""

from __future__ import annotations

import pytest
import torch

from isthmus.losses import Places, Record


def record(code: torch.Tensor, given: torch.Tensor | None) -> Record:
    items = torch.zeros(len(code), 3)
    return Record(items, items, None, code, items, lambda x: x, lambda z: z, given=given)


def test_far_codes_count_by_their_distance_and_near_ones_by_its_square():
    places = torch.zeros(1, 2)
    assert float(Places()(record(torch.tensor([[300.0, 400.0]]), places))) == pytest.approx(499.9)
    near = float(Places()(record(torch.tensor([[3e-3, 4e-3]]), places)))
    assert near == pytest.approx(0.005**2 / (2 * 0.1), rel=0.01)


def test_without_places_there_is_nothing_to_say():
    assert float(Places()(record(torch.ones(4, 2), None))) == 0
