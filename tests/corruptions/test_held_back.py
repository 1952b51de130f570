from __future__ import annotations

import pytest
import torch

from isthmus.corruptions import HeldBack


def test_a_share_of_what_users_have_is_hidden_and_the_rest_is_not_judged() -> None:
    generator = torch.Generator().manual_seed(0)
    clean = (torch.rand(400, 300, generator=generator) < 0.2).float()
    batch = HeldBack(0.3)(clean, generator)
    had = clean > 0
    assert torch.equal(batch.target, clean)
    assert torch.equal(batch.seen > 0, had & (batch.seen > 0))
    assert float((batch.seen[had] == 0).float().mean()) == pytest.approx(0.3, abs=0.01)
    assert batch.weight is not None
    assert torch.equal(batch.weight == 0, batch.seen > 0)
