"""Each mode Pillow knows, against pixel values worked out by hand."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from isthmus.data.images import (
    Header,
    bombs_refused,
    image_suffixes,
    read_header,
    read_image,
    reason,
)


def saved(image: Image.Image, form: str = "PNG", **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, form, **options)
    file.seek(0)
    return file


def test_grey_and_rgb_pass_unchanged() -> None:
    rng = np.random.default_rng(0)
    for shape, grey in (((5, 7), True), ((5, 7, 3), False)):
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        file = saved(Image.fromarray(pixels))
        assert read_header(file) == Header((5, 7), grey)
        np.testing.assert_array_equal(read_image(file, (5, 7), grey=grey), pixels)


def test_grey_becomes_three_equal_channels_beside_colour() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    coloured = read_image(saved(Image.fromarray(pixels)), (3, 4), grey=False)
    np.testing.assert_array_equal(coloured, np.stack([pixels] * 3, axis=-1))


def test_one_bit_is_black_and_white() -> None:
    bits = np.array([[True, False], [False, True]])
    file = saved(Image.fromarray(bits))
    np.testing.assert_array_equal(read_image(file, (2, 2), grey=True), bits * 255)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_divided_by_257(form: str) -> None:
    values = np.array([[0, 128, 129], [257, 32768, 65535]], dtype=np.uint16)
    file = saved(Image.fromarray(values), form)
    assert read_header(file).grey
    np.testing.assert_array_equal(read_image(file, (2, 3), grey=True), [[0, 0, 1], [1, 128, 255]])


def test_integers_beyond_sixteen_bits_are_refused() -> None:
    file = saved(Image.fromarray(np.array([[0, 70000]], dtype=np.int32)), "TIFF")
    with pytest.raises(ValueError, match="from 0 to 70000; expected 0 to 65535"):
        read_image(file, (1, 2), grey=True)


def test_floats_between_0_and_1_are_scaled() -> None:
    file = saved(Image.fromarray(np.array([[0, 0.5, 1]], dtype=np.float32)), "TIFF")
    np.testing.assert_array_equal(read_image(file, (1, 3), grey=True), [[0, 128, 255]])


@pytest.mark.parametrize("value", [1.5, -0.1, np.nan])
def test_other_floats_are_refused(value: float) -> None:
    file = saved(Image.fromarray(np.array([[0, value]], dtype=np.float32)), "TIFF")
    with pytest.raises(ValueError, match="expected 0 to 1"):
        read_image(file, (1, 2), grey=True)


def test_transparency_is_laid_on_white() -> None:
    rgba = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 51]]], dtype=np.uint8)
    file = saved(Image.fromarray(rgba))
    # 51/255 is a fifth of black on four fifths of white.
    expected = [[[10, 20, 30], [255, 255, 255], [204, 204, 204]]]
    np.testing.assert_array_equal(read_image(file, (1, 3), grey=False), expected)


def test_grey_with_alpha_stays_grey() -> None:
    file = saved(Image.fromarray(np.array([[[90, 255], [90, 0]]], dtype=np.uint8), "LA"))
    assert read_header(file).grey
    np.testing.assert_array_equal(read_image(file, (1, 2), grey=True), [[90, 255]])


@pytest.mark.parametrize("transparency", [1, bytes([255, 0])])
def test_palette_with_a_transparent_entry(transparency: int | bytes) -> None:
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8), "P")
    image.putpalette([200, 10, 20, 1, 2, 3])
    file = saved(image, transparency=transparency)
    assert not read_header(file).grey
    np.testing.assert_array_equal(
        read_image(file, (1, 2), grey=False), [[[200, 10, 20], [255, 255, 255]]]
    )


def test_colour_key_is_laid_on_white() -> None:
    file = saved(Image.fromarray(np.array([[7, 9]], dtype=np.uint8)), transparency=9)
    np.testing.assert_array_equal(read_image(file, (1, 2), grey=True), [[7, 255]])


def test_cmyk_becomes_rgb() -> None:
    image = Image.new("CMYK", (2, 2), (0, 255, 255, 0))
    file = saved(image, "TIFF")
    np.testing.assert_array_equal(read_image(file, (2, 2), grey=False)[0, 0], [255, 0, 0])


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("L", (3, 2), shade) for shade in (40, 200)]
    file = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (read_image(file, (2, 3), grey=True) == 40).all()


ROTATIONS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: np.rot90(a),
}


@pytest.mark.parametrize("orientation", ROTATIONS)
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_exif_orientation_is_applied(orientation: int, form: str) -> None:
    pixels = np.arange(15, dtype=np.uint8).reshape(3, 5) * 10
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(Image.fromarray(pixels), form, exif=exif)
    expected = ROTATIONS[orientation](pixels)
    assert read_header(file).size == expected.shape
    np.testing.assert_array_equal(read_image(file, expected.shape, grey=True), expected)


def test_resizing_is_antialiased() -> None:
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (64, 32))
    small = read_image(saved(Image.fromarray(stripes)), (8, 8), grey=True)
    assert np.abs(small.astype(int) - 127).max() <= 12


@pytest.mark.parametrize("orientation", [1, 6])
def test_large_jpeg_keeps_its_picture(orientation: int) -> None:
    ramp = np.tile(np.linspace(0, 255, 800).astype(np.uint8), (400, 1))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = saved(Image.fromarray(ramp), "JPEG", quality=95, exif=exif)
    expected = np.tile((np.arange(40) + 0.5) / 40 * 255, (20, 1))
    size = (20, 40)
    if orientation == 6:
        expected, size = np.rot90(expected, -1), (40, 20)
    assert np.abs(read_image(file, size, grey=True) - expected).max() < 5


def bomb(width: int, height: int) -> io.BytesIO:
    """A PNG of a few bytes whose header states a huge picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_a_huge_header_is_refused_before_its_pixels(side: int) -> None:
    with bombs_refused(), pytest.raises(Exception, match="exceeds limit") as caught:
        read_header(bomb(side, side))
    assert "\n" not in reason(caught.value)


def test_reasons_are_one_readable_line() -> None:
    with pytest.raises(OSError, match="cannot identify") as caught:
        read_header(io.BytesIO(b"not an image"))
    assert reason(caught.value) == "not an image that Pillow can read"
    whole = saved(Image.fromarray(np.eye(64) > 0))
    cut = io.BytesIO(whole.getvalue()[:-40])
    with pytest.raises(OSError, match=r"truncated|broken") as caught:
        read_image(cut, (64, 64), grey=True)
    assert reason(caught.value)


def test_suffixes_cover_the_common_forms_and_no_programs() -> None:
    assert image_suffixes() >= {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
    assert not image_suffixes() & {".eps", ".ps", ".pdf", ".h5", ".hdf"}
