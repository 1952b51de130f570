from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.errors import BadSetting
from isthmus.presets import PRESETS, find_preset

PROMISED = {
    "linear",
    "undercomplete",
    "overcomplete",
    "sparse-l1",
    "sparse-kl",
    "contractive",
    "denoising",
    "vae",
    "beta-vae",
    "dense-20",
    "conv-4x4x4",
    "conv-7x7x8",
    "denoising-conv",
    "scenes-1024",
    "denoising-dense",
    "compression-7x7x1",
}


def test_the_promised_names_are_there():
    assert set(PRESETS) >= PROMISED


@pytest.mark.parametrize("name", PRESETS)
def test_an_entry_is_whole(name):
    preset = PRESETS[name]
    assert preset.summary
    assert "\n" not in preset.summary
    assert preset.source
    assert name == name.lower()
    json.dumps(preset.settings)
    ae = Autoencoder.from_preset(name)
    Slots.of(ae)
    assert "random_state" not in preset.settings


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(BadSetting, match="did you mean 'denoising'"):
        find_preset("denoisng")
    with pytest.raises(BadSetting, match="unknown preset"):
        Autoencoder.from_preset("nothing like it")


def test_settings_can_be_changed_on_the_way():
    ae = Autoencoder.from_preset("denoising", 5, corruption__share=0.4, random_state=3)
    assert ae.n_components == 5
    assert ae.corruption["share"] == 0.4
    assert ae.random_state == 3


def test_the_table_is_never_changed_by_a_fit(digits):
    before = json.dumps({name: dict(p.settings) for name, p in PRESETS.items()})
    ae = Autoencoder.from_preset("sparse-kl", 3, training__epochs=1, loss__sparsity__weight=2.0)
    ae.fit(digits[:20])
    assert json.dumps({name: dict(p.settings) for name, p in PRESETS.items()}) == before


def test_sparse_codes_are_sparse(digits):
    X = digits[:600]
    training = {"training__epochs": 30, "training__batch_size": 32, "random_state": 0}
    sparse = Autoencoder.from_preset("sparse-l1", **training)
    without = Autoencoder.from_preset("sparse-l1", loss={"mse": 1.0}, **training)

    def active(ae: Autoencoder) -> float:
        return float((ae.fit(X).transform(X) > 0).mean())

    assert active(sparse) < 0.9 * active(without)


def test_sparse_kl_holds_the_mean_activation_at_its_target(digits):
    X = digits[:600]
    ae = Autoencoder.from_preset("sparse-kl", training__epochs=40, random_state=0).fit(X)
    assert ae.transform(X).mean() == pytest.approx(0.1, abs=0.05)


def test_the_contractive_code_moves_less(digits):
    X = digits[:400]
    moved = []
    for weight in (0.0, 0.1):
        ae = Autoencoder.from_preset("contractive", 8, loss__contractive=weight, random_state=0)
        ae.set_params(training__epochs=10).fit(X)
        codes = ae.transform(X)
        moved.append(((ae.transform(X + 0.01) - codes) ** 2).mean() / codes.var())
    assert moved[1] < moved[0]


def test_denoising_removes_noise(digits):
    noisy = np.clip(digits + np.random.default_rng(0).normal(0, 0.5, digits.shape), 0, 1)
    ae = Autoencoder.from_preset("denoising-gaussian", training__epochs=20, random_state=0)
    ae.fit(digits[:1000])
    after = ((ae.restore(noisy[1000:]) - digits[1000:]) ** 2).mean()
    assert after < 0.5 * ((noisy - digits)[1000:] ** 2).mean()


def test_a_vae_draws_digits(digits):
    ae = Autoencoder.from_preset("vae", 8, training__epochs=30, random_state=0).fit(digits)
    drawn = ae.sample(200, random_state=0)
    assert drawn.shape == (200, 8, 8)
    # As different from each other as digits are, and with ink where digits have it.
    assert 0.5 < drawn.std(0).mean() / digits.std(0).mean() < 1.5
    assert abs(drawn.mean(0) - digits.mean(0)).mean() < 0.1


def error_of_pca(k: int, X: np.ndarray, test: np.ndarray) -> float:
    pca = PCA(k).fit(X.reshape(len(X), -1))
    flat = test.reshape(len(test), -1)
    return float(((pca.inverse_transform(pca.transform(flat)) - flat) ** 2).mean())


def test_the_linear_network_reaches_pcas_floor(digits):
    X = digits[:600]
    floor = error_of_pca(8, X, X)
    training = {"epochs": 200, "batch_size": 32, "learning_rate": 1e-2, "validation": 0.0}
    ae = Autoencoder.from_preset("linear", 8, random_state=0, training=training).fit(X)
    assert floor * (1 - 1e-6) <= -ae.score(X) < 1.02 * floor


def test_the_linear_preset_as_it_is_comes_near_pca(digits):
    X, test = digits[:1400], digits[1400:]
    ae = Autoencoder.from_preset("linear", 8, random_state=0).fit(X)
    assert -ae.score(test) < 1.1 * error_of_pca(8, X, test)
