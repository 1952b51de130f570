"""Pictures to files and back by a small model; and what damaged files do."""

from __future__ import annotations

import copy
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from isthmus import Autoencoder, load
from isthmus.codes import ONE, STEPS, rounded
from isthmus.errors import BadFile, BadInput, BadSetting
from isthmus.isth_file import BODY, CRC
from isthmus.uses.compression import Codec

pytest.importorskip("constriction", reason="isthmus[compress] is not installed")

FINEST = 40
SMALL = {
    "code__finest": FINEST,
    "network__widths": (8, 8),
    "network__blocks": (1, 1),
    "network__grid_width": 8,
    "network__grid_blocks": 1,
    "network__numbers": 24,
    "training__epochs": 3,
    "training__batch_size": 16,
}
N_MUTATED, N_MENDED = 100_000, 400


def smooth(seed: int, height: int, width: int, channels: tuple[int, ...] = (3,)) -> np.ndarray:
    """Waves of random lengths and directions, as bytes."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    value = np.zeros((height, width, *channels))
    for _ in range(4):
        down, across, phase = random.normal(size=3) * [0.15, 0.15, 3]
        value += np.cos(down * y + across * x + phase)[(..., *[None] * len(channels))] * (
            random.normal(size=channels) if channels else 1.0
        )
    return np.rint(127.5 + 30 * np.clip(value, -4, 4)).astype(np.uint8)


def fitted(channels: tuple[int, ...], seed: int = 0) -> Autoencoder:
    pictures = np.stack([smooth(number, 48, 48, channels) for number in range(40)])
    return Autoencoder.from_preset("compression", random_state=seed, **SMALL).fit(pictures)


@pytest.fixture(scope="module")
def colour() -> Codec:
    return Codec(fitted((3,)))


@pytest.fixture(scope="module")
def grey() -> Codec:
    return Codec(fitted(()))


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (17, 33), (48, 48), (5, 200), (700, 20)])
@pytest.mark.parametrize("kind", ["colour", "grey"])
def test_a_file_holds_the_rounded_code(kind, size, request) -> None:
    codec: Codec = request.getfixturevalue(kind)
    picture = smooth(99, *size, () if kind == "grey" else (3,))
    found = codec.decompress(codec.compress(picture, step=100))
    numbers = rounded(codec.code_of(picture[None]), 100)
    np.testing.assert_array_equal(found, codec.pictures_of(numbers, 100, size)[0])
    assert found.shape == picture.shape
    assert found.dtype == np.uint8


def test_finer_steps_are_nearer_and_larger(colour: Codec) -> None:
    picture = smooth(99, 64, 80)
    files = [colour.compress(picture, step=step) for step in (40, 100, 150, 200)]
    errors = [np.square(colour.decompress(file) - picture.astype(float)).mean() for file in files]
    assert sorted(errors) == errors
    assert sorted(map(len, files), reverse=True) == [*map(len, files)]
    assert errors[0] < 20
    assert errors[-1] < picture.astype(float).var()


def test_no_step_is_finer_than_those_it_learnt_from(colour: Codec) -> None:
    picture = smooth(99, 64, 80)
    data = colour.compress(picture, n_bytes=10**6)
    assert data == colour.compress(picture, step=FINEST)
    with pytest.raises(BadSetting, match=f"step={FINEST - 1}"):
        colour.compress(picture, step=FINEST - 1)


def test_a_file_is_as_large_as_allowed(colour: Codec) -> None:
    picture = smooth(99, 64, 80)
    for n_bytes in (60, 120, 240):
        data = colour.compress(picture, n_bytes=n_bytes)
        assert len(data) <= n_bytes
        assert len(colour.compress(picture, step=data[BODY - 1] - 1)) > n_bytes
    with pytest.raises(BadInput, match="no file of 5 bytes"):
        colour.compress(picture, n_bytes=5)


def test_an_archive_gives_all_pictures_back_in_fewer_bytes(colour: Codec) -> None:
    sizes = {"a.png": (32, 32), "b/c.jpg": (20, 50), "d.webp": (32, 32), "e": (1, 9)}
    pictures = {name: smooth(seed, *size) for seed, (name, size) in enumerate(sizes.items())}
    data = colour.pack(pictures, step=90)
    found = colour.unpack(data)
    assert found.keys() == pictures.keys()
    single = {name: colour.compress(picture, step=90) for name, picture in pictures.items()}
    for name, file in single.items():
        np.testing.assert_array_equal(found[name], colour.decompress(file))
    many = np.stack([smooth(seed, 32, 32) for seed in range(20)])
    packed = colour.pack(many, step=90)
    assert len(packed) < sum(len(colour.compress(picture, step=90)) for picture in many)
    assert [*colour.unpack(packed)] == [str(number) for number in range(20)]
    assert len(colour.pack(many, n_bytes=400)) <= 400


def test_a_saved_model_reads_the_same_files(colour: Codec, tmp_path: Path) -> None:
    picture = smooth(99, 40, 40)
    data = colour.compress(picture, step=100)
    colour.ae.save(tmp_path / "model")
    assert "isthmus compress" in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    again = Codec(load(tmp_path / "model"))
    assert again.compress(picture, step=100) == data
    np.testing.assert_array_equal(again.decompress(data), colour.decompress(data))


def test_pixels_in_other_precision_differ_by_one_level_at_most(colour: Codec) -> None:
    # What another machine or device does to sums is less than what half the digits do.
    numbers = rounded(colour.code_of(smooth(99, 48, 64)[None]), 120)
    ae = copy.deepcopy(colour.ae)
    exact = Codec(ae)
    ae.model_.double()
    step = STEPS[120] / ONE
    with torch.no_grad():
        steps = torch.full((1, 1), step, dtype=torch.float64)
        linear = exact.decoder.linear(torch.from_numpy(numbers * step), steps)
        pixels = exact.decoder.mended(linear, steps).numpy()[0]
    expected = np.rint(np.clip(pixels, 0, 1) * 255)
    found = colour.pictures_of(numbers, 120, (48, 64))[0]
    assert np.abs(found - expected).max() <= 1
    assert (found != expected).mean() < 0.01


def test_another_model_is_refused(colour: Codec, grey: Codec) -> None:
    data = colour.compress(smooth(0, 32, 32))
    with pytest.raises(BadFile, match="another model"):
        grey.decompress(data)
    with pytest.raises(BadFile, match="another model"):
        Codec(fitted((3,), seed=1)).decompress(data)


def test_a_hundred_thousand_mutated_files_are_errors(colour: Codec) -> None:
    files = [
        colour.compress(smooth(0, 32, 32), step=150),
        colour.pack({"a": smooth(0, 16, 16), "b": smooth(1, 30, 16)}, step=150),
    ]
    random = np.random.default_rng(0)
    for number in range(N_MUTATED):
        data = mutated(files[number % 2], random)
        if data in files:
            continue
        with pytest.raises(BadFile):
            colour.unpack(data)


def test_files_whose_checksum_was_mended_give_pictures_or_errors(colour: Codec) -> None:
    files = [
        colour.compress(smooth(0, 32, 32), step=150),
        colour.pack({"a": smooth(0, 16, 16), "b": smooth(1, 30, 16)}, step=150),
    ]
    random = np.random.default_rng(0)
    n_read = 0
    for number in range(N_MENDED):
        data = bytearray(mutated(files[number % 2], random, first=BODY - 1))
        rest = bytes(data[: CRC.start]) + bytes(data[CRC.stop :])
        data[CRC] = zlib.crc32(rest, zlib.crc32(colour.fingerprint)).to_bytes(4, "big")
        if len(data) > BODY + 1 and max(data[BODY : BODY + 2]) > 127:
            continue  # a larger picture takes its time
        try:
            pictures = colour.unpack(bytes(data))
        except BadFile:
            continue
        n_read += 1
        assert all(picture.dtype == np.uint8 for picture in pictures.values())
    assert n_read > 0


def mutated(data: bytes, random: np.random.Generator, first: int = 0) -> bytes:
    """Bits flipped, bytes overwritten, cut out, doubled, or the end cut off."""
    found = bytearray(data)
    for _ in range(int(random.integers(1, 4))):
        at = int(random.integers(min(first, len(found)), len(found) + 1))
        kind = random.integers(5)
        if kind == 0 and at < len(found):
            found[at] ^= 1 << int(random.integers(8))
        elif kind == 1 and at < len(found):
            found[at] = int(random.integers(256))
        elif kind == 2:
            del found[at : at + int(random.integers(1, 5))]
        elif kind == 3:
            found[at:at] = found[at : at + int(random.integers(1, 9))]
        elif len(found) > max(first, BODY) + 2:
            del found[max(at, first + 3) :]
    return bytes(found)


def test_refusals(colour: Codec, grey: Codec) -> None:
    with pytest.raises(BadInput, match="compresses nothing"):
        Codec(Autoencoder(2, training={"epochs": 1}).fit(np.random.default_rng(0).random((20, 5))))
    with pytest.raises(BadInput, match="1 channels"):
        colour.compress(smooth(0, 16, 16, ()))
    with pytest.raises(BadInput, match="3 channels"):
        grey.compress(smooth(0, 16, 16))
    with pytest.raises(BadSetting, match="step"):
        colour.compress(smooth(0, 16, 16), step=256)
    with pytest.raises(BadFile, match="many pictures"):
        colour.decompress(colour.pack({"a": smooth(0, 16, 16)}))
