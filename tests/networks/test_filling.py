"""Smooth filling against the exact solution of the same equations."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.networks.filling import blurred, filled


def exact_membrane(picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Each hidden pixel the mean of its neighbours, by solving all equations at once."""
    padded = np.pad(np.arange(picture.size).reshape(picture.shape), 1, mode="edge")
    equations, known = np.eye(picture.size), picture.flatten().astype(float)
    for number in np.flatnonzero(hidden):
        row, column = np.unravel_index(number, picture.shape)
        known[number] = 0.0
        for down, across in ((0, 1), (2, 1), (1, 0), (1, 2)):
            equations[number, padded[row + down, column + across]] -= 0.25
    return np.linalg.solve(equations, known).reshape(picture.shape)


@pytest.mark.parametrize("size", [(32, 32), (21, 38)])
def test_holes_hang_like_a_membrane(size):
    rows, columns = np.mgrid[: size[0], : size[1]]
    picture = 5 + 0.3 * rows + np.sin(columns / 4)
    hidden = np.zeros(size, bool)
    hidden[5:15, 8:20], hidden[:6, 25:] = True, True
    x = torch.from_numpy(np.where(hidden, 99.0, picture))[None, ..., None]
    found = filled(x, torch.from_numpy(hidden)[None, ..., None])[0, ..., 0].numpy()
    exact = exact_membrane(picture, hidden)
    assert np.array_equal(found[~hidden], picture[~hidden])
    assert np.abs(found - exact).max() < 0.15 * np.ptp(picture)
    assert np.abs(found - exact).mean() < 0.01 * np.ptp(picture)


def test_each_picture_and_channel_is_filled_by_itself():
    x, hidden = torch.rand(3, 12, 9, 2), torch.rand(3, 12, 9, 1) < 0.5
    whole = filled(x, hidden)
    for number in range(3):
        for channel in range(2):
            alone = filled(x[number : number + 1, ..., [channel]], hidden[number : number + 1])
            torch.testing.assert_close(alone[0, ..., 0], whole[number, ..., channel])


def test_a_picture_of_which_nothing_is_seen_is_zero():
    assert not filled(torch.rand(1, 7, 7, 1), torch.ones(1, 7, 7, 1, dtype=torch.bool)).any()


def test_blurring_keeps_a_plane_and_spreads_a_point():
    plane = (torch.arange(64.0)[:, None] + 2 * torch.arange(64.0)).view(1, 64, 64, 1)
    middle = (slice(None), slice(16, 48), slice(16, 48))
    torch.testing.assert_close(blurred(plane, 3)[middle], plane[middle])
    point = torch.zeros(1, 64, 64, 1)
    point[0, 32, 32] = 1
    assert blurred(point, 3).sum() == pytest.approx(1.0)
    twice = np.convolve(np.ones(7) / 7, np.ones(7) / 7)
    around = blurred(point, 3)[0, 26:39, 26:39, 0].numpy()
    np.testing.assert_allclose(around, np.outer(twice, twice), atol=1e-7)
    assert (blurred(point, 3)[0, :, :, 0] > 1e-9).sum() == 13**2
