"""Landscapes that go on: against the exact solution, and against what kriging says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.fft import dctn, idctn

import isthmus.networks.landscape as room
from isthmus.networks.filling import filled
from isthmus.networks.landscape import POWER, landscape


def rough(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A draw of a landscape with the spectrum that the filling assumes."""
    return waves(np.random.default_rng(seed).standard_normal(size), -POWER / 2)


def waves(x: np.ndarray, power: float) -> np.ndarray:
    """Cosine waves times a power of the Laplacian's factors; the mean is left out."""
    down, across = (2 - 2 * np.cos(np.pi * np.arange(n) / n) for n in x.shape)
    factors = down[:, None] + across
    factors[0, 0] = 1.0
    spectrum = dctn(x, norm="ortho") * factors**power
    spectrum[0, 0] = 0.0
    return idctn(spectrum, norm="ortho")


def likeliest(heights: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The exact minimum of the quadratic form, by a dense solve."""
    n = heights.size
    form = np.stack([waves(row.reshape(heights.shape), POWER).ravel() for row in np.eye(n)])
    free, found = hidden.ravel(), heights.ravel().copy()
    wanted = -form[np.ix_(free, ~free)] @ found[~free]
    found[free] = np.linalg.solve(form[np.ix_(free, free)], wanted)
    return found.reshape(heights.shape)


def by_us(heights: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    x = torch.from_numpy(np.where(hidden, 0.0, heights))[None, ..., None]
    return whole(x, torch.from_numpy(hidden)[None, ..., None])[0, ..., 0].numpy()


def whole(surfaces: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    return landscape(filled(surfaces, hidden), hidden)


@pytest.fixture
def hidden() -> np.ndarray:
    hidden = np.zeros((24, 31), bool)
    hidden[6:16, 9:20], hidden[:5, 25:] = True, True
    return hidden


def test_with_many_steps_it_is_the_exact_solution(hidden, monkeypatch):
    monkeypatch.setattr(room, "STEPS", 300)
    heights = rough(hidden.shape)
    found = by_us(heights, hidden)
    assert np.array_equal(found[~hidden], heights[~hidden])
    np.testing.assert_allclose(found, likeliest(heights, hidden), atol=1e-4 * np.ptp(heights))


def test_few_steps_are_better_than_a_membrane_on_what_they_are_for(hidden):
    ours, membranes = [], []
    for seed in range(20):
        heights = rough(hidden.shape, seed)
        x = torch.from_numpy(heights)[None, ..., None]
        membrane = filled(x, torch.from_numpy(hidden)[None, ..., None])[0, ..., 0].numpy()
        ours.append(np.square(by_us(heights, hidden) - heights)[hidden].mean())
        membranes.append(np.square(membrane - heights)[hidden].mean())
    assert np.mean(ours) < 0.9 * np.mean(membranes)


def test_a_large_surface_is_solved_on_a_coarser_grid(monkeypatch):
    size = (96, 121)
    hidden = np.zeros(size, bool)
    hidden[24:64, 36:80] = True
    errors = []
    for seed in range(10):
        heights = rough(size, seed)
        fine = by_us(heights, hidden)
        x = torch.from_numpy(heights)[None, ..., None]
        membrane = filled(x, torch.from_numpy(hidden)[None, ..., None])[0, ..., 0].numpy()
        with monkeypatch.context() as patched:
            patched.setattr(room, "LARGEST", 64)
            coarse = by_us(heights, hidden)
        assert np.array_equal(coarse[~hidden], heights[~hidden])
        assert not np.array_equal(coarse, fine)
        errors.append([np.square(x - heights)[hidden].mean() for x in (membrane, coarse, fine)])
    of_membrane, of_coarse, of_fine = np.mean(errors, axis=0)
    assert of_coarse < of_fine + 0.2 * (of_membrane - of_fine)


def test_nothing_hidden_and_everything_hidden():
    heights = torch.rand(2, 9, 12, 1)
    none = torch.zeros(2, 9, 12, 1, dtype=torch.bool)
    assert torch.equal(whole(heights, none), heights)
    assert not whole(heights, ~none).any()


def test_each_map_is_filled_by_itself():
    maps, hidden = torch.rand(3, 16, 20, 1), torch.rand(3, 16, 20, 1) < 0.3
    together = whole(maps, hidden)
    for number in range(3):
        alone = whole(maps[number : number + 1], hidden[number : number + 1])
        torch.testing.assert_close(alone[0], together[number])
