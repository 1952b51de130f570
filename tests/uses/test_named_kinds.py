"""Kinds named by labels: unlucky labels matter less; classes of several kinds are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.mixture import GaussianMixture

from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.classes import FewLabelsClassifier
from isthmus.uses.named_kinds import NamedKinds
from isthmus.uses.spreading import SpreadClasses

CENTRES = np.array([[0.0, 0.0], [4.2, 0.0], [0.0, 4.2]])


def blobs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three kinds that touch, and for each the two members nearest to the others as labelled."""
    places, kinds = make_blobs(900, 2, centers=CENTRES, random_state=0)
    middle = CENTRES.mean(0)
    near = np.square(places - middle).sum(1)
    which = [np.flatnonzero(kinds == k)[np.argsort(near[kinds == k])[:2]] for k in range(3)]
    return places, kinds, np.concatenate(which)


def test_unlucky_labels_name_whole_kinds() -> None:
    places, kinds, which = blobs()
    graph, labels = NeighbourGraph.of(places), np.eye(3)[kinds[which]]
    spread = SpreadClasses().learn(graph, which, labels).held.argmax(1)
    named = NamedKinds().learn(graph, which, labels).held.argmax(1)
    mixture = GaussianMixture(3, covariance_type="spherical", means_init=CENTRES, random_state=0)
    best = mixture.fit_predict(places)
    assert (spread == kinds).mean() < (named == kinds).mean()
    assert (named == kinds).mean() >= (best == kinds).mean() - 0.02


def test_shares_are_shares_and_others_follow_their_neighbours() -> None:
    places, kinds, which = blobs()
    named = NamedKinds().learn(NeighbourGraph.of(places), which, np.eye(3)[kinds[which]])
    np.testing.assert_allclose(named.held.sum(1), 1.0)
    np.testing.assert_allclose(named.inside(which), named.held[which])
    assert named.outside(CENTRES).argmax(1).tolist() == [0, 1, 2]


def test_a_class_of_two_kinds_is_not_named_as_one() -> None:
    """Held-out labels choose another way where classes are no kinds."""
    places, corners = make_blobs(800, 2, centers=[[0, 0], [9, 9], [9, 0], [0, 9]], random_state=0)
    classes = np.where(corners < 2, "same", "other")
    shown = np.full(800, None, object)
    chosen = np.random.default_rng(0).choice(800, 40, replace=False)
    shown[chosen] = classes[chosen]
    model = FewLabelsClassifier()
    model.fit_codes(places, shown)
    assert model.way_ == "SpreadClasses"
    assert (model.classes_[model.own_answers().argmax(1)] == classes).mean() > 0.98


@pytest.mark.parametrize("n_labels", [1, 3])
def test_one_class_alone_is_everything(n_labels: int) -> None:
    places, _, which = blobs()
    named = NamedKinds().learn(NeighbourGraph.of(places), which[:n_labels], np.ones((n_labels, 1)))
    np.testing.assert_allclose(named.held, 1.0)
