"""The smallest prefix that reaches a quality, against trying every one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from isthmus import Autoencoder, choose
from isthmus.errors import BadInput, BadSetting
from isthmus.uses.choice import smallest_size

DIGITS = load_digits().images.astype(np.uint8) * 15
TRAIN, TEST = DIGITS[:1500], DIGITS[1500:]


@pytest.fixture(scope="module")
def ae() -> Autoencoder:
    return Autoencoder(16, training={"epochs": 5}, random_state=0).fit(TRAIN)


def error(ae: Autoencoder, k: int) -> float:
    return float((((ae.reconstruct(TEST, k) - TEST) / 255.0) ** 2).mean())


@pytest.mark.parametrize("wish", [{"psnr": 15.0}, {"psnr": 18.0}, {"keep": 0.5}, {"keep": 0.75}])
def test_the_answer_is_the_first_size_that_reaches_it(
    ae: Autoencoder, wish: dict[str, float]
) -> None:
    choice = choose(ae, TEST, **wish)
    variance = (TEST / 255.0).var(0).mean()
    goal = 10 ** (-wish["psnr"] / 10) if "psnr" in wish else (1 - wish["keep"]) * variance
    assert choice.n_components == next(k for k in range(1, 17) if error(ae, k) <= goal)
    assert choice.mse == pytest.approx(error(ae, choice.n_components), rel=1e-4)
    assert choice.psnr == pytest.approx(-10 * np.log10(choice.mse))
    assert choice.keep == pytest.approx(1 - choice.mse / variance, rel=1e-4)


def test_pca_is_told_beside(ae: Autoencoder) -> None:
    pca = ae.rival(TRAIN)
    choice = choose(ae, TEST, keep=0.6, pca=pca)
    flat = TEST.reshape(len(TEST), -1) / 255.0
    left = [
        ((pca.inverse_transform(pca.transform(flat)[:, :k]) - flat) ** 2).mean()
        for k in range(1, 17)
    ]
    first = 1 + int(np.argmax(np.asarray(left) <= 0.4 * flat.var(0).mean()))
    assert choice.pca_components == first >= choice.n_components


def test_any_staircase() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        errors = np.sort(rng.random(rng.integers(1, 40)))[::-1]
        target = rng.random()
        reaching = np.flatnonzero(errors <= target)
        expected = int(reaching[0]) + 1 if len(reaching) else None
        assert smallest_size(lambda k, e=errors: e[k - 1], len(errors), target) == expected


def test_what_cannot_be_had_says_what_can(ae: Autoencoder) -> None:
    with pytest.raises(BadSetting, match=r"60 dB was asked, and all 16 numbers reach \d+\.\d\d dB"):
        choose(ae, TEST, psnr=60)
    with pytest.raises(BadSetting, match="give one of psnr"):
        choose(ae, TEST)
    with pytest.raises(BadSetting, match=r"keep=1.5, expected a number in \(0, 1\)"):
        choose(ae, TEST, keep=1.5)
    with pytest.raises(BadInput, match="no variance"):
        choose(ae, TEST[:1], keep=0.5)


def test_tables_have_no_psnr_and_plain_codes_no_prefixes() -> None:
    X = np.random.default_rng(0).normal(size=(60, 5))
    ae = Autoencoder(2, training={"epochs": 1}, random_state=0).fit(X)
    with pytest.raises(BadInput, match="psnr is for pixels"):
        choose(ae, X, psnr=20)
    plain = Autoencoder.from_preset("linear", 2, training__epochs=1, random_state=0).fit(X)
    with pytest.raises(BadSetting, match="has one size, 2"):
        choose(plain, X, keep=0.5)
