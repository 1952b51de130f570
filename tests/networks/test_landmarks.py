"""Maps: what is compared, where items are placed at first, and what is learnt."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from isthmus import Autoencoder, load
from isthmus.errors import BadSetting
from isthmus.networks import Arrangement, Landmarks, Looks, Site, Start


def test_edges_are_slopes_in_eight_directions():
    looks = Looks((9, 9, 1))
    rising = torch.arange(9.0).expand(9, 9)[None, ..., None]
    found = looks(rising)[0, 81:].view(8, 3, 3)
    # A slope of one to the right, seen by cosines: the middle square touches no border.
    cosines = torch.tensor([1, 0, 0.5**0.5, -(0.5**0.5), -1, 0, -(0.5**0.5), 0.5**0.5])
    torch.testing.assert_close(found[:, 1, 1], cosines.clamp_min(0))


def test_items_begin_at_the_weighted_mean_of_landmarks_places():
    generator = torch.Generator().manual_seed(0)
    marks, places = torch.randn(7, 3, generator=generator), torch.randn(7, 2, generator=generator)
    start = Start(arrangement=Arrangement(torch.ones(3), torch.eye(3), 1.0, marks, places, 2.0))
    network = Landmarks(landmarks=7, numbers=3)
    encoder = network.build(Site((3,), 2, 2, 2, start)).encoder
    rows = torch.randn(5, 3, generator=generator)
    near = (-2.0 * torch.cdist(rows - 1, marks).square()).exp()
    expected = near @ places / near.sum(1, keepdim=True)
    torch.testing.assert_close(encoder(rows), expected)


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


def test_a_map_is_saved_whole(mapped, digits, tmp_path):
    mapped.save(tmp_path / "map")
    again = load(tmp_path / "map")
    np.testing.assert_array_equal(again.transform(digits[:9]), mapped.transform(digits[:9]))


def test_more_dimensions_than_three_are_no_map(digits):
    with pytest.raises(BadSetting, match="at most 3 dimensions"):
        Autoencoder.from_preset("map", 4, training__epochs=1).fit(digits[:50])
