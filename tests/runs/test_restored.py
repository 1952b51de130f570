"""Damaged files in, restored ones out: names, sizes, forms, masks, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus import Autoencoder
from isthmus.errors import BadInput
from isthmus.runs.restored import Where, restore_pictures

SIZES = {"a.png": (20, 30), "deep/b.png": (33, 17), "c.tif": (16, 16), "d.webp": (24, 24)}


def fitted(corruption, channels: tuple[int, ...] = ()) -> Autoencoder:
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (40, 16, 16, *channels), dtype=np.uint8)
    return Autoencoder(
        network={"name": "u-net", "widths": (8,), "blocks": (1,)},
        code="everything",
        corruption=corruption,
        training={"epochs": 1, "batch_size": 16},
        random_state=0,
    ).fit(pictures)


@pytest.fixture(scope="module")
def noise() -> Autoencoder:
    return fitted("gaussian")


@pytest.fixture(scope="module")
def holes() -> Autoencoder:
    return fitted("holes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "damaged"
    for seed, (name, size) in enumerate(SIZES.items()):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(1, 256, size, dtype=np.uint8)
        saving = {"lossless": True} if name.endswith("webp") else {}
        Image.fromarray(pixels).save(path / name, **saving)
    return path


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_the_same_names_and_sizes_come_out(noise, folder, tmp_path):
    done = restore_pictures(noise, folder, tmp_path / "out")
    assert sorted(done.names) == sorted(SIZES)
    for name, size in SIZES.items():
        assert pixels_of(tmp_path / "out" / name).shape[:2] == size
        with Image.open(tmp_path / "out" / name) as image, Image.open(folder / name) as before:
            assert image.format == before.format


def test_what_comes_out_is_what_the_estimator_gives(noise, folder, tmp_path):
    restore_pictures(noise, folder / "a.png", tmp_path / "out")
    expected = noise.restore(pixels_of(folder / "a.png")[None].astype(np.float32))[0]
    found = pixels_of(tmp_path / "out" / "a.png")
    np.testing.assert_array_equal(found, np.rint(expected.clip(0, 255)).astype(np.uint8))


@pytest.mark.parametrize("how", ["mask folder", "one mask", "transparent", "value"])
def test_every_way_to_say_what_is_hidden(holes, folder, tmp_path, how):
    before = pixels_of(folder / "a.png").copy()
    hidden = np.zeros(before.shape, bool)
    hidden[4:9, 5:12] = True
    where = Where()
    if how == "transparent":
        picture = Image.fromarray(before)
        picture.putalpha(Image.fromarray(np.where(hidden, 0, 255).astype(np.uint8)))
        picture.save(folder / "a.png")
    elif how == "value":
        Image.fromarray(np.where(hidden, 0, before)).save(folder / "a.png")
        where = Where(value=0)
    else:
        masks = tmp_path / "masks"
        masks.mkdir()
        Image.fromarray(hidden).save(masks / "a.bmp")
        where = Where(masks if how == "mask folder" else masks / "a.bmp")
    restore_pictures(holes, folder / "a.png", tmp_path / "out", where=where)
    after = pixels_of(tmp_path / "out" / "a.png")
    assert after.shape == before.shape
    np.testing.assert_array_equal(after[~hidden], before[~hidden])
    assert (after[hidden] != 0).any()
    by_hand = holes.restore(before[None], hidden[None])[0]
    np.testing.assert_array_equal(after, np.rint(by_hand.clip(0, 255)).astype(np.uint8))


def test_a_picture_with_nothing_hidden_is_copied(holes, folder, tmp_path):
    done = restore_pictures(holes, folder, tmp_path / "out")
    assert sorted(done.untouched) == sorted(SIZES)
    assert (tmp_path / "out" / "a.png").read_bytes() == (folder / "a.png").read_bytes()


def test_colour_goes_through_a_grey_model_channel_by_channel(noise, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (18, 21, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    restore_pictures(noise, tmp_path / "a.png", tmp_path / "out")
    found = pixels_of(tmp_path / "out" / "a.png")
    for channel in range(3):
        expected = noise.restore(pixels[None, ..., channel].astype(np.float32))[0]
        np.testing.assert_array_equal(found[..., channel], np.rint(expected.clip(0, 255)))


def test_sixteen_bits_stay_sixteen_bits(holes, tmp_path):
    pixels = np.random.default_rng(0).integers(1, 65536, (18, 20)).astype(np.uint16)
    pixels[5:8, 5:8] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    restore_pictures(holes, tmp_path / "a.png", tmp_path / "out", where=Where(value=0))
    found = pixels_of(tmp_path / "out" / "a.png")
    assert found.max() > 255
    np.testing.assert_array_equal(found[pixels > 0], pixels[pixels > 0])


def test_grey_pictures_get_colours(tmp_path):
    ae = fitted("grey", (3,))
    pixels = np.random.default_rng(0).integers(0, 256, (18, 20), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    restore_pictures(ae, tmp_path / "a.png", tmp_path / "out")
    with Image.open(tmp_path / "out" / "a.png") as image:
        assert image.mode == "RGB"
        assert image.size == (20, 18)


def test_pictures_are_enlarged(tmp_path):
    ae = fitted("resolution")
    Image.fromarray(np.full((9, 11), 100, np.uint8)).save(tmp_path / "a.png")
    restore_pictures(ae, tmp_path / "a.png", tmp_path / "out")
    assert pixels_of(tmp_path / "out" / "a.png").shape == (18, 22)


def test_a_damaged_file_is_left_out_and_told(noise, folder, tmp_path):
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:60])
    done = restore_pictures(noise, folder, tmp_path / "out")
    assert [lost.path for lost in done.skipped] == ["broken.png"]
    assert len(done.names) == len(SIZES)
    with pytest.raises(BadInput, match=r"broken\.png"):
        restore_pictures(noise, folder, tmp_path / "strict", strict=True)
    assert not (tmp_path / "strict").exists()


def test_a_picture_too_large_for_memory_is_refused(noise, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20 * 30 - 1)  # Pillow itself would only warn
    with pytest.raises(BadInput, match="exceeds limit"):
        restore_pictures(noise, folder / "a.png", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_refusals_leave_nothing(noise, holes, folder, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(BadInput, match="takes no masks"):
        restore_pictures(noise, folder, out, where=Where(value=0))
    (tmp_path / "masks").mkdir()
    with pytest.raises(BadInput, match="there is no mask for"):
        restore_pictures(holes, folder, out, where=Where(tmp_path / "masks"), strict=True)
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(tmp_path / "mask.png")
    with pytest.raises(BadInput, match="3x3 pixels"):
        restore_pictures(holes, folder, out, where=Where(tmp_path / "mask.png"), strict=True)
    assert not out.exists()
    rows = Autoencoder(2, training={"epochs": 1}).fit(np.random.default_rng(0).normal(size=(20, 4)))
    with pytest.raises(BadInput, match="holds pictures"):
        restore_pictures(rows, folder, tmp_path / "other")
