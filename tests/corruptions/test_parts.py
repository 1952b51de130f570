"""Parts that are hidden, and what is missing already."""

from __future__ import annotations

import pytest
import torch

from isthmus.corruptions import Binary, Deformation, MissingParts, as_they_come
from isthmus.errors import BadSetting

SHAPE = (4, 4)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_each_part_is_hidden_as_often_as_it_says_and_never_both():
    clean = torch.rand(4000, 20, generator=generator()) + 1
    batch = MissingParts(SHAPE, share=0.2)(clean, generator(1))
    no_picture = (batch.seen[:, :16] == 0).all(1)
    no_numbers = (batch.seen[:, 16:] == 0).all(1)
    assert float(no_picture.float().mean()) == pytest.approx(0.2, abs=0.02)
    assert float(no_numbers.float().mean()) == pytest.approx(0.2, abs=0.02)
    assert not (no_picture & no_numbers).any()
    whole = ~(no_picture | no_numbers)
    assert torch.equal(batch.seen[whole], clean[whole])
    assert torch.equal(batch.target, clean)
    assert batch.weight is None


def test_what_is_missing_counts_for_nothing():
    clean = torch.rand(50, 20, generator=generator())
    clean[3, :16] = torch.nan
    clean[5, 17] = torch.nan
    for batch in (
        MissingParts(SHAPE)(clean, generator()),
        as_they_come(clean, MissingParts(SHAPE)),
    ):
        assert not batch.seen.isnan().any()
        assert not batch.target.isnan().any()
        assert torch.equal(batch.weight == 0, clean.isnan())
    errors = batch.item_errors(batch.target + 2)
    torch.testing.assert_close(errors, torch.full((50,), 4.0, dtype=torch.float64))


def test_items_are_judged_as_they_come():
    clean = torch.rand(50, 20, generator=generator())
    assert torch.equal(MissingParts(SHAPE, 0.5).judged(clean, generator()).seen, clean)


def test_the_picture_may_be_changed_beside():
    clean = torch.rand(6, 20, generator=generator())
    inner = Deformation(turn=90.0)
    seen = MissingParts(SHAPE, share=0.0, corruption=inner)(clean, generator(1)).seen
    alone = inner(clean[:, :16].unflatten(1, (4, 4, 1)), generator(1)).seen
    assert torch.equal(seen[:, :16], alone.flatten(1))
    assert torch.equal(seen[:, 16:], clean[:, 16:])


@pytest.mark.parametrize("inner", ["blocks", "grey", "resolution"])
def test_what_acts_always_is_refused(inner):
    with pytest.raises(BadSetting, match="cannot do"):
        MissingParts((4, 4, 3), corruption=inner)(torch.rand(2, 50), generator())


def test_zeros_and_ones_have_their_chances():
    clean = torch.tensor([0.0, 0.25, 0.5, 1.0]).repeat(20_000, 1)
    batch = Binary()(clean, generator())
    assert set(batch.seen.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(batch.seen, batch.target)
    assert batch.seen.mean(0).tolist() == pytest.approx([0.0, 0.25, 0.5, 1.0], abs=0.01)


def test_values_that_are_no_chances_are_refused():
    with pytest.raises(BadSetting, match="for chances"):
        Binary()(torch.tensor([[0.0, 1.5]]), generator())
