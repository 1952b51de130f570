"""An encoder tuned by labels: where codes alone cannot tell them, and where it does no good."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_digits

from isthmus import Autoencoder, FewLabelsClassifier, FewLabelsRegressor
from isthmus.uses import fine_tuning
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.fine_tuning import FineTunedClasses, FineTunedValues, Tuning
from isthmus.uses.spreading import SpreadClasses

SHORT = Autoencoder(3, scale="none", training={"epochs": 5})
LABELLED, FITTED = 100, 400


@pytest.fixture(scope="module")
def quiet():
    """Six loud columns that say nothing, which fill a code of three, and a quiet one that tells."""
    chance = np.random.default_rng(0)
    X = chance.normal(size=(600, 8)) * ([3.0] * 6 + [0.3] * 2)
    kinds = X[:, 7] > 0
    X[:, 7] += np.where(kinds, 0.3, -0.3)
    return X, np.where(kinds, "above", "below")


def shown(y: np.ndarray) -> np.ndarray:
    given = np.full(FITTED, None, object)
    given[:LABELLED] = y[:LABELLED]
    return given


@pytest.fixture(scope="module")
def tuned(quiet):
    X, y = quiet
    return FewLabelsClassifier(SHORT, fine_tune=True).fit(X[:FITTED], shown(y))


def test_classes_that_codes_do_not_hold_are_learnt(quiet, tuned):
    X, y = quiet
    alone = FewLabelsClassifier(SHORT).fit(X[:FITTED], shown(y))
    assert alone.score(X[FITTED:], y[FITTED:]) < 0.6
    assert tuned.way_ == "FineTunedClasses"
    assert tuned.score(X[FITTED:], y[FITTED:]) > 0.75
    unseen = slice(LABELLED, FITTED)
    assert (tuned.transduction_[unseen] == y[unseen]).mean() > 0.75


def test_all_labels_are_judged_by_halves(tuned):
    assert tuned.judged_.n == LABELLED
    assert tuned.judged_.enough


def test_the_same_seed_gives_the_same_answers(quiet, tuned):
    X, y = quiet
    again = clone(tuned).fit(X[:FITTED], shown(y))
    assert np.array_equal(again.predict_proba(X[FITTED:]), tuned.predict_proba(X[FITTED:]))


def test_the_autoencoder_itself_stays_as_it_was(quiet, tuned):
    X, _ = quiet
    alone = clone(SHORT).set_params(random_state=0).fit(X[:FITTED])
    assert np.array_equal(tuned.autoencoder_.transform(X), alone.transform(X))
    assert tuned.autoencoder_.model_.head is None


def test_codes_of_other_items_are_told_as_those_near_to_them(quiet, tuned):
    codes = tuned.autoencoder_.transform(quiet[0][:FITTED])
    assert (tuned.answers(codes).argmax(1) == tuned.own_answers().argmax(1)).mean() > 0.6


def test_values_that_codes_do_not_hold_are_learnt(quiet):
    X = quiet[0]
    given = np.full(FITTED, np.nan)
    given[:LABELLED] = 5 + 2 * X[:LABELLED, 7]
    model = FewLabelsRegressor(SHORT, fine_tune=True).fit(X[:FITTED], given)
    assert model.way_ == "FineTunedValues"
    assert model.score(X[FITTED:], 5 + 2 * X[FITTED:, 7]) > 0.6


class Wrong(FineTunedClasses):
    """Tells the opposite of what the labels say."""

    def learn(self, graph, which, labels):
        self.spread = SpreadClasses().learn(graph, which, labels[:, ::-1])
        return self


class Opposed(FewLabelsClassifier):
    tuned_way = Wrong


def test_it_is_not_used_where_it_is_worse():
    chance = np.random.default_rng(0)
    X = np.concatenate([chance.normal(m, 1.0, (60, 3)) for m in (0.0, 6.0)])
    y = np.full(120, None, object)
    y[:8], y[60:68] = "low", "high"
    model = Opposed(SHORT, fine_tune=True).fit(X, y)
    assert model.way_ != "Wrong"
    assert model.judged_.score == 1.0


def test_one_label_a_class_cannot_show_that_it_is_better(quiet):
    X, y = quiet
    given = np.full(FITTED, None, object)
    for kind in np.unique(y):
        given[np.flatnonzero(y == kind)[0]] = kind
    assert FewLabelsClassifier(SHORT, fine_tune=True).fit(X[:FITTED], given).way_ == "SpreadClasses"


def test_pictures_changed_by_a_corruption_are_learnt_from_too(monkeypatch):
    monkeypatch.setattr(fine_tuning, "STEPS", 60)
    found = load_digits()
    X, y = found.images[:900], found.target[:900]
    ae = Autoencoder.from_preset("contrastive-things", 8, training__epochs=2, random_state=0).fit(X)
    codes = ae.transform(X)
    graph = NeighbourGraph.of(codes)
    which = np.concatenate([np.flatnonzero(y == kind)[:5] for kind in range(10)])
    labels = np.eye(10)[y[which]]
    way = FineTunedClasses(Tuning(ae, X, 0)).learn(graph, which, labels)
    others = np.setdiff1d(np.arange(900), which)
    alone = SpreadClasses().learn(graph, which, labels).inside(others).argmax(1)
    assert (way.inside(others).argmax(1) == y[others]).mean() > (alone == y[others]).mean() + 0.03
    assert way.of_items(found.images[900:910]).sum(1) == pytest.approx(1.0)


def test_codes_that_hold_everything_learn_what_counts(quiet):
    X, y = quiet
    ae = Autoencoder(8, code="plain", scale="none", training={"epochs": 1}, random_state=0).fit(X)
    graph, which = NeighbourGraph.of(ae.transform(X)), np.arange(LABELLED)
    labels = np.eye(2)[(y[which] == "above").astype(int)]
    alone, tuned = SpreadClasses(), FineTunedClasses(Tuning(ae, X, 0))
    told = [way.learn(graph, which, labels).inside(np.arange(600)) for way in (alone, tuned)]
    right = [(of.argmax(1) == (y == "above"))[LABELLED:].mean() for of in told]
    assert right[0] < 0.7
    assert right[1] > right[0] + 0.15


def test_labels_all_alike_teach_nothing(quiet):
    X = quiet[0][:50]
    ae = clone(SHORT).fit(X)
    graph = NeighbourGraph.of(ae.transform(X))
    for way, labels in ((FineTunedClasses, np.ones((4, 1))), (FineTunedValues, np.full((4, 1), 7))):
        told = way(Tuning(ae, X, 0)).learn(graph, np.arange(4), labels).of_items(X)
        assert told == pytest.approx(np.broadcast_to(labels[:1], told.shape))


def test_items_that_labels_hardly_reach_hardly_count():
    held = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
    given = FineTunedClasses(None).wanted(held, np.array([2]), np.array([[0.0, 1.0]]))
    power = held[0] ** fine_tuning.POWER / (held[0] ** fine_tuning.POWER).sum()
    sure = 1 + (power * np.log2(power)).sum()
    assert given == pytest.approx(np.array([sure * power, [0.0, 0.0], [0.0, 1.0]]))


def test_a_head_that_has_not_learnt_tells_nothing():
    codes = np.random.default_rng(0).normal(5, 2, (40, 3))
    assert not fine_tuning.Head(codes, 2)(torch.from_numpy(codes).float()).any()
