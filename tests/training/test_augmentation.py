from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadSetting
from isthmus.training.augmentation import AUGMENTATIONS, augment

N, HEIGHT, WIDTH = 400, 20, 30


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramps() -> np.ndarray:
    """Pictures whose first channel is the row's number and whose second is the column's."""
    down, right = np.meshgrid(np.arange(HEIGHT), np.arange(WIDTH), indexing="ij")
    return np.broadcast_to(np.stack([down, right], axis=2), (N, HEIGHT, WIDTH, 2)).astype("float64")


def changed(name: str) -> tuple[np.ndarray, np.ndarray]:
    """For every picture where each of its rows, and columns, came from."""
    after = augment(torch.from_numpy(ramps()), [name], generator()).numpy()
    np.testing.assert_allclose(after[..., 0], after[:, :, :1, 0].repeat(WIDTH, 2), atol=1e-9)
    np.testing.assert_allclose(after[..., 1], after[:, :1, :, 1].repeat(HEIGHT, 1), atol=1e-9)
    return after[:, :, 0, 0], after[:, 0, :, 1]


def test_flip_mirrors_half_of_the_pictures_left_and_right():
    rows, columns = changed("flip")
    np.testing.assert_array_equal(rows, np.arange(HEIGHT)[None].repeat(N, 0))
    mirrored = columns[:, 0] == WIDTH - 1
    np.testing.assert_array_equal(
        columns[mirrored], np.arange(WIDTH)[::-1][None].repeat(sum(mirrored), 0)
    )
    np.testing.assert_array_equal(
        columns[~mirrored], np.arange(WIDTH)[None].repeat(sum(~mirrored), 0)
    )
    assert 0.4 < mirrored.mean() < 0.6


def test_shift_moves_by_whole_pixels_up_to_a_tenth_and_repeats_the_border():
    for positions, side in zip(changed("shift"), (HEIGHT, WIDTH), strict=True):
        move = positions[:, side // 2] - side // 2
        wanted = np.clip(np.arange(side) + move[:, None], 0, side - 1)
        np.testing.assert_array_equal(positions, wanted)
        assert -0.1 * side <= move.min() < -0.08 * side
        assert 0.08 * side < move.max() <= 0.1 * side
        assert abs(move.mean()) < 0.01 * side


def test_crop_takes_a_window_of_80_to_100_percent_inside_the_picture():
    middles, windows = [], []
    for positions, side in zip(changed("crop"), (HEIGHT, WIDTH), strict=True):
        middle = slice(side // 4, 3 * side // 4)
        pixels = np.arange(side)
        fits = [np.polyfit(pixels[middle], row[middle], 1) for row in positions]
        for (slope, start), row in zip(fits, positions, strict=True):
            np.testing.assert_allclose(row, np.clip(slope * pixels + start, 0, side - 1), atol=1e-4)
            # The edges of the outer pixels, half a pixel beyond their middles.
            first, last = start - slope / 2, start + slope * (side - 0.5)
            assert first >= -0.5 - 1e-4
            assert last <= side - 0.5 + 1e-4
        windows.append(np.array([slope for slope, _ in fits]))
        middles.append(np.array([slope * (side - 1) / 2 + start for slope, start in fits]))
    np.testing.assert_allclose(windows[0], windows[1], atol=1e-5)
    assert 0.8 <= windows[0].min() < 0.82
    assert 0.98 < windows[0].max() <= 1.0 + 1e-6
    assert abs(np.corrcoef(*middles)[0, 1]) < 0.2, "down and right are not drawn apart"


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_chance_comes_from_the_generator(name):
    pictures = torch.rand(8, 6, 6, 1)
    before = pictures.clone()
    first = augment(pictures, [name], generator(1))
    assert torch.equal(first, augment(pictures, [name], generator(1)))
    assert not torch.equal(first, augment(pictures, [name], generator(2)))
    assert torch.equal(pictures, before)
    assert first.shape == pictures.shape


def test_they_act_in_the_order_named():
    pictures = torch.rand(8, 6, 6, 1)
    g = generator(1)
    wanted = AUGMENTATIONS["flip"](AUGMENTATIONS["shift"](pictures, g), g)
    assert torch.equal(augment(pictures, ["shift", "flip"], generator(1)), wanted)


@pytest.mark.parametrize("names", [("flip",), ("shift", "crop")])
def test_rows_of_numbers_are_refused(names, rows):
    with pytest.raises(BadSetting, match="needs pictures"):
        Autoencoder(2, training={"epochs": 1, "augment": names}).fit(rows)


@pytest.mark.parametrize("names", [("flop",), "flip", 3])
def test_unknown_augmentations_are_refused(names, digits):
    with pytest.raises(BadSetting, match="augment"):
        Autoencoder(2, training={"epochs": 1, "augment": names}).fit(digits[:10])


def test_a_fit_uses_them(digits, quick):
    plain = quick().fit(digits[:40])
    turned = quick(training={"augment": ("flip", "shift", "crop")}).fit(digits[:40])
    assert not np.allclose(plain.transform(digits[:5]), turned.transform(digits[:5]))
