"""Files of compressed pictures: what is written is read, and nothing else is."""

from __future__ import annotations

import pytest

from isthmus.errors import BadFile
from isthmus.isth_file import Archive, Batch, Picture, parse

FINGERPRINT = bytes(range(32))
PICTURES = [
    Picture(128, 128, 150, b"bits"),
    Picture(1, 1, 0, b""),
    Picture(100_000, 129, 255, bytes(1000)),
]
ARCHIVES = [
    Archive(7, [Batch(28, 28, 10_000, b"x" * 300)]),
    Archive(0, [Batch(5, 6, ("a.png", "ö/b.jpg"), b""), Batch(600, 7, ("c",), b"y" * 200)]),
]


@pytest.mark.parametrize("content", [*PICTURES, *ARCHIVES])
def test_what_was_packed_is_parsed(content: Picture | Archive) -> None:
    assert parse(content.pack(FINGERPRINT), FINGERPRINT) == content


def test_the_header_of_a_small_picture_is_ten_bytes() -> None:
    assert len(PICTURES[0].pack(FINGERPRINT)) == 10 + len(b"bits")


@pytest.mark.parametrize("content", [PICTURES[0], ARCHIVES[1]])
def test_every_flipped_bit_and_every_cut_is_found(content: Picture | Archive) -> None:
    data = content.pack(FINGERPRINT)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadFile):
            parse(bytes(flipped), FINGERPRINT)
    for length in range(len(data)):
        with pytest.raises(BadFile):
            parse(data[:length], FINGERPRINT)
    with pytest.raises(BadFile, match="damaged"):
        parse(data + b"\0", FINGERPRINT)


def test_another_model_is_told() -> None:
    with pytest.raises(BadFile, match="another model"):
        parse(PICTURES[0].pack(FINGERPRINT), bytes(32))
    with pytest.raises(BadFile, match="checksum"):
        # The first bytes agree by chance.
        parse(PICTURES[0].pack(FINGERPRINT), FINGERPRINT[:2] + bytes(30))


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n" + bytes(20), b"\xd1", b"\xd3" * 20])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        parse(data, FINGERPRINT)
