"""One battery for every named autoencoder: whatever the slots, this must hold."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from sklearn.base import clone

from isthmus import Autoencoder, load
from isthmus.codes import Code, Quantised
from isthmus.errors import BadInput, BadSetting
from isthmus.networks import Network
from isthmus.presets import PRESETS

SEED = 3
MANY_VALUES = 10_000
# Block-start is made for photographs: as wide as that it would take a minute here. Convolutions
# that begin at chance take more than these few steps at the rate for so few pictures.
SMALLER = {
    "conv": {"training__learning_rate": 5e-3},
    "block-start": {
        "network__widths": (8, 16),
        "network__blocks": (1, 1),
        "network__grid_width": 32,
    },
}


def pictures(shape: tuple[int, ...] | None, digits: np.ndarray) -> np.ndarray:
    """Something like what the preset was made for, as little of it as will do."""
    if shape is None:
        return digits[:400]
    if shape == (28, 28, 1):
        return np.kron(digits[:40], np.ones((4, 4)))[:, 2:30, 2:30]
    corners = np.random.default_rng(0).random((3, 4, 4, shape[2]))
    return np.kron(corners, np.ones((1, shape[0] // 4, shape[1] // 4, 1))).astype(np.float32)


@dataclass(frozen=True)
class Case:
    name: str
    X: np.ndarray
    ae: Autoencoder

    def make(self, epochs: int, **settings) -> Autoencoder:
        network = PRESETS[self.name].settings.get("network")
        own = SMALLER.get(network["name"] if isinstance(network, Mapping) else network, {})
        return Autoencoder.from_preset(
            self.name, training__epochs=epochs, training__batch_size=16, **own, **settings
        )

    @property
    def historical(self) -> bool:
        return PRESETS[self.name].native_shape is not None


@pytest.fixture(scope="module")
def case(request, digits) -> Case:
    name = request.param
    X = pictures(PRESETS[name].native_shape, digits)
    small = Case(name, X, None)
    epochs = 12 if X[0].size < 100 else 4
    gentle = {"training__learning_rate": 1e-4} if heavy(name) else {}
    return Case(name, X, small.make(epochs, random_state=SEED, **gentle).fit(X))


def heavy(name: str) -> bool:
    return np.prod(PRESETS[name].native_shape or 1) > MANY_VALUES


pytestmark = pytest.mark.parametrize(
    "case",
    [
        pytest.param(name, marks=[pytest.mark.slow] if heavy(name) else [])
        for name, preset in PRESETS.items()
        # What recommends rebuilds no item; tests/uses/test_recommendation.py has its own battery.
        if preset.has_code and preset.form != "interactions"
    ],
    indirect=True,
)


def test_shapes(case):
    ae, X = case.ae, case.X[:3]
    codes = ae.transform(X)
    assert codes.shape == (3, ae.n_components_)
    assert np.prod(ae.code_shape_) == ae.n_components_
    assert ae.inverse_transform(codes).shape == X.shape
    assert ae.reconstruct(X).shape == ae.restore(X).shape == X.shape
    assert ae.score_samples(X).shape == (3,)
    assert len(ae.get_feature_names_out()) == ae.n_components_
    assert ae.n_features_in_ == X[0].size
    assert codes.dtype == X.dtype


def test_losses_are_finite_and_fall(case):
    losses = [epoch.loss for epoch in case.ae.history_[1:]]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


def test_beats_predicting_the_mean(case, digits):
    if case.historical:
        pytest.skip("needs more training than a test may take")
    fresh = digits[-400:]
    error_of_mean = ((fresh - case.X.mean(0)) ** 2).mean()
    assert -case.ae.score(fresh) < 0.9 * error_of_mean


def test_the_score_is_minus_the_error_of_the_reconstruction(case):
    X = case.X[:3]
    seen = ((case.ae.reconstruct(X) - X) ** 2).reshape(3, -1).mean(1)
    np.testing.assert_allclose(-case.ae.score_samples(X), seen, rtol=1e-4)


def test_codes_differ_from_item_to_item(case):
    codes = case.ae.transform(case.X)
    assert codes.std(0).max() > 1e-3 * max(1.0, np.abs(codes).max())


def test_transform_is_deterministic_and_ignores_chance(case):
    X = case.X[:3]
    torch.manual_seed(0)
    first = case.ae.transform(X), case.ae.reconstruct(X), case.ae.score_samples(X)
    torch.manual_seed(1)
    second = case.ae.transform(X), case.ae.reconstruct(X), case.ae.score_samples(X)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_items_code_does_not_depend_on_its_batch(case):
    alone = np.concatenate([case.ae.transform(case.X[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(alone, case.ae.transform(case.X[:3]), rtol=1e-5, atol=1e-5)


def test_bytes_and_floats_agree(case):
    X = np.round(case.X[:3] * 255)
    as_bytes = case.ae.transform((X / 255).astype(np.float32))
    np.testing.assert_allclose(as_bytes, case.ae.transform(X / 255), rtol=1e-3, atol=1e-4)


def test_the_same_seed_gives_the_same_model(case):
    X = case.X[:20]
    codes, rebuilt = _answers(case.make(1, random_state=SEED).fit(X), X)
    torch.manual_seed(99)
    again, rebuilt_again = _answers(case.make(1, random_state=SEED).fit(X), X)
    np.testing.assert_array_equal(codes, again)
    np.testing.assert_array_equal(rebuilt, rebuilt_again)
    other = case.make(1, random_state=SEED + 1).fit(X)
    # A fit that ends as PCA of all items has no chance in it.
    is_pca = Network.resolve(other.network).needs_pca and other.best_epoch_ == 0
    # The codes of few items on a map have none either: only its decoder is learnt.
    assert is_pca == np.array_equal(rebuilt, _answers(other, X)[1])


def _answers(ae, X):
    codes = ae.transform(X)
    return codes, ae.inverse_transform(codes)


def test_fitting_leaves_torchs_chance_alone(case):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    case.make(1).fit(case.X[:2])
    assert torch.equal(torch.get_rng_state(), before)


def test_saved_and_loaded_it_is_the_same(case, tmp_path):
    X = case.X[:3]
    case.ae.save(tmp_path / "model")
    back = load(tmp_path / "model")
    codes = case.ae.transform(X)
    np.testing.assert_array_equal(back.transform(X), codes)
    np.testing.assert_array_equal(back.inverse_transform(codes), case.ae.inverse_transform(codes))
    np.testing.assert_array_equal(back.score_samples(X), case.ae.score_samples(X))
    assert json.dumps(back.settings()) == json.dumps(case.ae.settings())


def test_a_clone_fits_alike(case):
    X = case.X[:3]
    ae = case.make(1, random_state=SEED)
    np.testing.assert_array_equal(clone(ae).fit(X).transform(X), ae.fit(X).transform(X))


def test_goes_on_learning_and_says_how_far_codes_moved(case):
    ae, X = copy.deepcopy(case.ae), case.X[:12]
    if isinstance(Code.resolve(ae.code), Quantised):
        with pytest.raises(BadSetting, match="is for files"):
            ae.partial_fit(X)
        return
    parts = X[: 2 * len(X) // 3], X[len(X) // 3 :]
    for part in parts:
        ae.partial_fit(part, epochs=1)
        assert np.isfinite([epoch.loss for epoch in ae.history_[1:]]).all()
        assert ae.drift_ >= 0
        assert ae.aligned_ == (ae.drift_ <= 0.1)
    assert ae.transform(X).shape == (len(X), ae.n_components_)
    assert len(ae.reservoir_) == ae.reservoir_.n_seen == sum(map(len, parts))
    weights = sum(parameter.numel() for parameter in ae.model_.encoder.parameters())
    assert weights or ae.drift_ == 0  # a map's places


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_refuses_what_is_no_number(case, bad):
    X = case.X[:3].copy()
    X[(1, *[0] * (X.ndim - 1))] = bad
    for use in (case.ae.transform, case.ae.score_samples, clone(case.ae).fit):
        with pytest.raises(BadInput, match="in row 1"):
            use(X)
    codes = np.full((1, case.ae.n_components_), bad)
    with pytest.raises(BadInput, match="in row 0"):
        case.ae.inverse_transform(codes)


def test_refuses_other_shapes(case):
    with pytest.raises(BadInput, match="Resize"):
        case.ae.transform(case.X[:3, :-1])
    with pytest.raises(ValueError, match="features"):
        case.ae.transform(case.X[:3].reshape(3, -1)[:, :-1])
    with pytest.raises(BadInput, match="Z has shape"):
        case.ae.inverse_transform(np.zeros((2, case.ae.n_components_ + 1)))
    if not case.ae.ordered:
        with pytest.raises(BadInput, match="not ordered"):
            case.ae.inverse_transform(np.zeros((2, case.ae.n_components_ - 1)))


def test_is_free_of_warnings(case):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        case.make(1).fit(case.X[:2].astype(np.float32)).score(case.X[:2])
