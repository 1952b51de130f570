"""Few labels: against learners of scikit-learn, and against labels that were never shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.datasets import load_diabetes, load_digits, make_moons
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.semi_supervised import LabelSpreading
from sklearn.utils.estimator_checks import parametrize_with_checks

from isthmus import Autoencoder, FewLabelsClassifier, FewLabelsRegressor
from isthmus.errors import BadInput
from isthmus.uses import few_labels
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.spreading import SpreadClasses, SpreadValues

QUICK = Autoencoder(scale="columns", training={"epochs": 2})
SEEDS = range(4)


def expected_failures(estimator: object) -> dict[str, str]:
    minus_one = "-1 is no class but no label, as in scikit-learn's own learners from few labels"
    return {"check_classifiers_classes": minus_one} if estimator.numbers is False else {}


@parametrize_with_checks(
    [FewLabelsClassifier(QUICK), FewLabelsRegressor(QUICK)],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_takes_them_for_its_own(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digits():
    found = load_digits()
    return PCA(20, random_state=0).fit_transform(found.data), found.target


def some_labels(y: np.ndarray, each: int, seed: int) -> np.ndarray:
    """The labels of so many items of each class, None for the others."""
    chance = np.random.default_rng(seed)
    shown = np.full(len(y), None, object)
    for kind in np.unique(y):
        which = chance.choice(np.flatnonzero(y == kind), each, replace=False)
        shown[which] = y[which]
    return shown


def test_four_labels_a_digit_do_better_than_scikit_learns_learners(digits):
    codes, y = digits
    ours, spreading, logistic = [], [], []
    for seed in SEEDS:
        shown = some_labels(y, 4, seed)
        known = shown != None  # noqa: E711 - of each element
        wanted = y[~known]
        model = FewLabelsClassifier().fit_codes(codes, shown)
        ours.append((model.transduction_[~known] == wanted).mean())
        given = np.where(known, shown, -1).astype(int)
        rival = LabelSpreading(kernel="knn", n_neighbors=7).fit(codes, given)
        spreading.append((rival.transduction_[~known] == wanted).mean())
        linear = LogisticRegression(max_iter=2000).fit(codes[known], y[known])
        logistic.append((linear.predict(codes[~known]) == wanted).mean())
    assert np.mean(ours) > max(np.mean(spreading), np.mean(logistic) + 0.05)


def test_shares_are_calibrated(digits):
    codes, y = digits
    shown = some_labels(y, 10, 0)
    model = FewLabelsClassifier().fit_codes(codes, shown)
    unseen = np.flatnonzero([label is None for label in shown])
    shares = model.label_distributions_[unseen]
    right = model.transduction_[unseen] == y[unseen]
    assert shares.sum(1) == pytest.approx(1.0)
    assert shares.max(1).mean() == pytest.approx(right.mean(), abs=0.05)


def test_the_judgement_holds_for_items_without_a_label(digits):
    codes, y = digits
    inside = 0
    for seed in range(8):
        shown = some_labels(y, 6, seed)
        model = FewLabelsClassifier().fit_codes(codes, shown)
        judged = model.judged_
        assert judged.n == 60
        interval = binomtest(round(judged.score * 60), 60).proportion_ci(0.95, method="wilson")
        assert (judged.low, judged.high) == pytest.approx((interval.low, interval.high))
        inside += judged.low <= (model.transduction_ == y).mean() <= judged.high
    # A judgement by five sixths of the labels is a little low.
    assert inside >= 6


def test_labels_that_say_nothing_are_not_enough():
    chance = np.random.default_rng(0)
    codes, y = chance.normal(size=(300, 4)), np.full(300, None, object)
    y[:40] = chance.integers(0, 2, 40)
    assert not FewLabelsClassifier().fit_codes(codes, y).judged_.enough
    numbers = np.full(300, np.nan)
    numbers[:40] = chance.normal(size=40)
    assert not FewLabelsRegressor().fit_codes(codes, numbers).judged_.enough


def test_one_label_a_class_cannot_be_judged_but_is_used():
    X, y = make_moons(400, noise=0.06, random_state=0)
    shown = np.full(400, "", dtype="<U5")
    for kind, name in enumerate(("upper", "lower")):
        shown[np.flatnonzero(y == kind)[5]] = name
    model = FewLabelsClassifier().fit_codes(X, shown)
    assert model.judged_.n == 0
    assert not model.judged_.enough
    assert model.classes_.tolist() == ["lower", "upper"]
    assert ((model.transduction_ == "lower") == (y == 1)).mean() > 0.95


def test_asking_for_labels_tells_more_than_labels_at_random(digits):
    codes, y = digits
    asked, at_random = [], []
    for seed in SEEDS:
        chance = np.random.default_rng(seed)
        first = chance.choice(len(y), 10, replace=False)
        shown = np.full(len(y), None, object)
        shown[first] = y[first]
        other = shown.copy()
        for _ in range(3):
            following = FewLabelsClassifier().fit_codes(codes, shown).to_label_next(6)
            assert len(set(following)) == 6
            assert all(shown[i] is None for i in following)
            shown[following] = y[following]
            drawn = chance.choice(np.flatnonzero([v is None for v in other]), 6, replace=False)
            other[drawn] = y[drawn]
        asked.append((FewLabelsClassifier().fit_codes(codes, shown).transduction_ == y).mean())
        at_random.append((FewLabelsClassifier().fit_codes(codes, other).transduction_ == y).mean())
    assert np.mean(asked) > np.mean(at_random) + 0.03


def test_values_spread_as_a_weighted_mean():
    codes = np.random.default_rng(0).normal(size=(50, 2))
    graph, which = NeighbourGraph.of(codes), np.array([3, 20, 40])
    values = np.array([[1.0], [-5.0], [2.0]])
    given = np.zeros((50, 3))
    given[which, range(3)] = 1.0
    strength = graph.spread(given)
    exact = (strength @ values) / strength.sum(1, keepdims=True)
    assert SpreadValues().learn(graph, which, values).inside(np.arange(50)) == pytest.approx(
        exact, rel=1e-2, abs=1e-3
    )


def test_a_class_holds_its_share_of_the_labels_in_all():
    codes = np.random.default_rng(0).normal(size=(80, 2))
    graph, which = NeighbourGraph.of(codes), np.arange(6)
    labels = np.eye(2)[[0, 0, 0, 1, 1, 1]]
    held = SpreadClasses().learn(graph, which, labels).held
    assert held.sum(1) == pytest.approx(1.0)
    assert held[:, 0].mean() == pytest.approx(0.5, abs=0.1)


def test_numbers_are_told_about_as_well_as_held_out_ones_say():
    found = load_diabetes()
    codes = (found.data - found.data.mean(0)) / found.data.std(0)
    shown = np.full(len(codes), np.nan)
    which = np.random.default_rng(0).choice(len(codes), 150, replace=False)
    shown[which] = found.target[which]
    model = FewLabelsRegressor().fit_codes(codes, shown)
    unseen = np.setdiff1d(np.arange(len(codes)), which)
    error = np.square(model.transduction_ - found.target)[unseen].mean() ** 0.5
    assert model.judged_.enough
    assert model.error_ == pytest.approx(error, rel=0.15)


def test_items_beyond_those_compared_are_told_by_their_nearest(digits, monkeypatch):
    codes, y = digits
    monkeypatch.setattr(few_labels, "MOST_ITEMS", 600)
    model = FewLabelsClassifier().fit_codes(codes, some_labels(y, 4, 0))
    assert len(model.transduction_) == len(y)
    assert (model.transduction_ == y).mean() > 0.8


def test_pictures_are_taken_and_new_ones_told():
    found = load_digits()
    shown = some_labels(found.target[:1500], 10, 0)
    model = FewLabelsClassifier(Autoencoder(16, training={"epochs": 10}))
    model.fit(found.images[:1500], shown)
    assert model.score(found.images[1500:], found.target[1500:]) > 0.8


@pytest.mark.parametrize(
    ("y", "said"),
    [
        ([None] * 5, "none of the 5 items has a label"),
        ([1, 2], "y has 2 labels for 5 items"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(y, said):
    with pytest.raises(BadInput, match=said):
        FewLabelsClassifier().fit_codes(np.zeros((5, 2)), y)


def test_text_is_no_number():
    with pytest.raises(BadInput, match="expected numbers"):
        FewLabelsRegressor().fit_codes(np.zeros((3, 2)), ["low", "high", None])
