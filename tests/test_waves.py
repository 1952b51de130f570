"""Waves against SciPy's cosine transform, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.fft import dctn

from isthmus.networks.wave_map import WaveMap
from isthmus.principal import PrincipalComponents, fit_principal
from isthmus.waves import Waves, choose_waves, cosines, fit_waves

SHAPE = (12, 10, 3)
N_VALUES = 360


def smooth(n: int, seed: int = 0) -> np.ndarray:
    """Random pictures with less of fast waves than of slow ones."""
    spectrum = np.random.default_rng(seed).standard_normal((n, *SHAPE))
    speed = np.add.outer(np.arange(12), np.arange(10))[:, :, None]
    colours = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0], [1.0, 1.0, -2.0]])
    waves = spectrum / (1 + speed) @ (colours / np.arange(1, 4)[:, None])
    return dctn(waves, type=3, axes=(1, 2), norm="ortho").reshape(n, -1) + 5.0


def pca_of(X: np.ndarray, k: int) -> PrincipalComponents:
    return fit_principal(lambda: iter([X]), *X.shape, k)


def test_cosines_are_orthonormal_and_scipys():
    waves = cosines(12)
    np.testing.assert_allclose(waves @ waves.T, np.eye(12), atol=1e-12)
    x = np.random.default_rng(0).standard_normal((12, 10))
    np.testing.assert_allclose(waves @ x @ cosines(10).T, dctn(x, norm="ortho"))


def test_of_many_samples_only_the_slower_waves_are_kept():
    assert cosines(200).shape == (64, 200)


@pytest.mark.parametrize("n_principal", [0, 7])
def test_with_all_directions_nothing_is_lost(n_principal):
    X = smooth(50)
    pca = pca_of(X, 20)
    waves = fit_waves(X, SHAPE, pca, n_principal, N_VALUES + n_principal)
    assert waves.n_directions == N_VALUES + n_principal
    linear = WaveMap(SHAPE, pca, waves).double()
    centred = torch.from_numpy(X - pca.mean)
    rebuilt = linear.synthesise(linear.analyse(centred))
    torch.testing.assert_close(rebuilt, centred, atol=1e-4, rtol=0)


def test_waves_come_in_order_of_their_variance():
    X = smooth(400)
    waves = fit_waves(X, SHAPE, pca_of(X, 20), 4, 20)
    assert (np.diff(waves.variances) <= 0).all()
    np.testing.assert_allclose(waves.colours @ waves.colours.T, np.eye(3), atol=1e-6)


def test_as_many_of_pcas_directions_as_numbers_are_pca():
    X = smooth(100)
    pca = pca_of(X, 9)
    linear = WaveMap(SHAPE, pca, fit_waves(X, SHAPE, pca, 9, 9)).double()
    codes = linear.analyse(torch.from_numpy(X - pca.mean))[:, :9].numpy()
    np.testing.assert_allclose(codes, pca.transform(X), atol=1e-5)


def test_few_pictures_are_better_served_by_waves_than_by_pca():
    sample, held_out = smooth(60), smooth(200, seed=1)
    sizes = (2, 10, 50)
    pca = pca_of(sample, 50)
    waves = choose_waves(sample, held_out, SHAPE, pca, sizes)
    assert waves.n_principal < 50
    linear = WaveMap(SHAPE, pca, waves).double()
    centred = torch.from_numpy(held_out - pca.mean)
    spectrum = linear.analyse(centred)
    for size, of_pca in zip(sizes, pca.squared_errors(held_out, sizes).mean(0), strict=True):
        prefix = spectrum * (torch.arange(spectrum.shape[1]) < size)
        error = (linear.synthesise(prefix) - centred).square().sum(1).mean()
        assert float(error) <= of_pca * (1 + 1e-5), size


def test_without_held_out_pictures_the_code_is_pcas():
    X = smooth(100)
    assert choose_waves(X, X[:0], SHAPE, pca_of(X, 9), (2, 9)).n_principal == 9


def test_blank_waves_have_the_shape_of_fitted_ones():
    X = smooth(100)
    fitted = fit_waves(X, SHAPE, pca_of(X, 20), 4, 20)
    blank = Waves.blank(4, SHAPE, 20)
    assert blank.frequencies.shape == fitted.frequencies.shape
    assert blank.colours.shape == fitted.colours.shape
