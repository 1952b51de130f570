"""Maps: what is compared, where items are placed, and what is learnt."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from isthmus import Autoencoder, load
from isthmus.errors import BadSetting
from isthmus.networks import VOTERS, Arrangement, Looks, settled
from isthmus.networks.cells import FEW
from isthmus.networks.placing import Placing


def test_edges_are_slopes_in_eight_directions():
    looks = Looks((9, 9, 1))
    rising = torch.arange(9.0).expand(9, 9)[None, ..., None]
    found = looks(rising)[0, 81:].view(8, 3, 3)
    # A slope of one to the right, seen by cosines: the middle square touches no border.
    cosines = torch.tensor([1, 0, 0.5**0.5, -(0.5**0.5), -1, 0, -(0.5**0.5), 0.5**0.5])
    torch.testing.assert_close(found[:, 1, 1], cosines.clamp_min(0))


def placing(numbers: torch.Tensor, places: torch.Tensor) -> Placing:
    """It compares rows as they are."""
    m = numbers.shape[1]
    return Placing(Looks((m,)), Arrangement(torch.zeros(m), torch.eye(m), 1.0, numbers, places))


def test_in_one_cell_all_are_compared_with():
    generator = torch.Generator().manual_seed(0)
    known, rows = torch.randn(40, 3, generator=generator), torch.randn(9, 3, generator=generator)
    squares, which = placing(known, torch.zeros(40, 2)).nearest(rows)
    expected = torch.cdist(rows, known).topk(VOTERS, largest=False)
    torch.testing.assert_close(squares, expected.values.square(), rtol=1e-5, atol=1e-6)
    assert torch.equal(which, expected.indices)


def test_of_many_cells_the_nearest_are_looked_through():
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(5 * FEW, 4, generator=generator)
    encoder = placing(known, known[:, :2])
    assert len(encoder.centres) > 1
    torch.testing.assert_close(encoder.numbers, encoder.numbers[:, :4])
    squares, which = encoder.nearest(known[:500])
    expected = torch.cdist(known[:500], encoder.numbers).topk(VOTERS, largest=False)
    found = (expected.indices[:, :, None] == which[:, None]).any(2)
    assert float(found.float().mean()) > 0.95
    apart = (known[:500, None] - encoder.numbers[which]).square().sum(2)
    torch.testing.assert_close(squares, apart)


def test_fewer_items_than_voters_are_enough():
    known = torch.tensor([[0.0], [1.0], [2.0]])
    places = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    torch.testing.assert_close(placing(known, places)(known), places, rtol=0, atol=1e-3)


def test_a_known_item_lies_where_it_does():
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(300, 5, generator=generator)
    places = torch.randn(300, 2, generator=generator)
    torch.testing.assert_close(placing(known, places)(known), places, rtol=0, atol=1e-2)


def test_where_two_groups_are_named_the_larger_has_the_item():
    places = torch.tensor([[[0.0, 0.0], [0.01, 0.0], [0.0, 0.01], [2.0, 2.0]]])
    assert settled(torch.ones(1, 4), places).norm() < 0.02


def test_items_that_are_far_from_all_have_a_place():
    known = torch.tensor([[0.0], [1.0]])
    places = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    assert placing(known, places)(torch.tensor([[1e6], [-1e6]])).isfinite().all()


@pytest.fixture(scope="module")
def mapped(digits):
    ae = Autoencoder.from_preset("map", training__epochs=20, random_state=0)
    return ae.fit(digits[:1500])


def test_like_items_lie_together_and_places_decode(mapped, digits):
    from sklearn.datasets import load_digits

    labels = load_digits().target
    own, new = mapped.transform(digits[:1500]), mapped.transform(digits[1500:])
    told = KNeighborsClassifier(5).fit(own, labels[:1500]).score(new, labels[1500:])
    assert told > 0.9
    mean = np.square(digits[1500:] - digits[:1500].mean(0)).mean()
    assert -mapped.score(digits[1500:]) < 0.65 * mean


def test_an_item_lies_where_its_place_was_found(mapped, digits):
    from sklearn.manifold import trustworthiness

    rows = digits[:1500].reshape(1500, -1)
    assert trustworthiness(rows, mapped.transform(digits[:1500]), n_neighbors=5) > 0.98


def test_a_map_is_saved_whole(mapped, digits, tmp_path):
    mapped.save(tmp_path / "map")
    again = load(tmp_path / "map")
    np.testing.assert_array_equal(again.transform(digits[:9]), mapped.transform(digits[:9]))


def test_more_dimensions_than_three_are_no_map(digits):
    with pytest.raises(BadSetting, match="at most 3 dimensions"):
        Autoencoder.from_preset("map", 4, training__epochs=1).fit(digits[:50])


@pytest.mark.parametrize(
    ("settings", "item_shape", "numbers"),
    [({}, (12, 12, 1), 64), ({}, (100,), 30), ({"numbers": 7}, (100,), 7), ({}, (5,), 5)],
)
def test_rows_are_compared_by_fewer_numbers_than_pictures(settings, item_shape, numbers):
    items = np.random.default_rng(0).normal(size=(90, *item_shape)).astype(np.float32)
    network = {"name": "neighbours", **settings}
    ae = Autoencoder.from_preset("map", network=network, training__epochs=1).fit(items)
    assert ae.model_.encoder.numbers.shape == (90, numbers)
