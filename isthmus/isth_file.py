"""What a file of compressed pictures looks like.

::

    byte 0       0xD1 for one picture, 0xD2 for many: format version 1
    bytes 1-2    the first of the model's fingerprint
    bytes 3-6    CRC-32 of all other bytes, begun at that of the whole fingerprint
    byte 7       the step that codes were rounded to; see `isthmus.codes.steps`
    then         one picture: height - 1, width - 1, the bits
                 many: bytes of the index, the index, and for each size in it bytes of the bits and
                 the bits; the index is JSON packed by zlib

Whole numbers without a fixed length are written seven bits a byte, low ones first, all bytes but
the last with the high bit set. 307 bytes are all that a picture of 128x128 may have at 0.15 bits a
pixel, so the header is ten.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.errors import BadFile

__all__ = ["SUFFIX", "Archive", "Batch", "Picture", "parse"]

SUFFIX = ".isth"
ONE, MANY = 0xD1, 0xD2
FINGERPRINT, CRC = slice(1, 3), slice(3, 7)
STEP, BODY = 7, 8
# As many as a picture may have on a side.
LARGEST_SIDE = 2**20
LARGEST_INDEX = 2**30


@dataclass(frozen=True)
class Picture:
    """One compressed picture: its size in pixels, the step, and the bits of its code."""

    height: int
    width: int
    step: int
    bits: bytes

    def pack(self, fingerprint: bytes) -> bytes:
        """The file, for the model of a fingerprint."""
        body = _number(self.height - 1) + _number(self.width - 1) + self.bits
        return _sealed(ONE, self.step, body, fingerprint)


@dataclass(frozen=True)
class Batch:
    """Compressed pictures of one size, which have their bits in common."""

    height: int
    width: int
    names: tuple[str, ...] | int
    bits: bytes

    @property
    def n(self) -> int:
        """How many pictures there are."""
        return self.names if isinstance(self.names, int) else len(self.names)


@dataclass(frozen=True)
class Archive:
    """Many compressed pictures; those of an array have no names, but their number."""

    step: int
    batches: Sequence[Batch]

    def pack(self, fingerprint: bytes) -> bytes:
        """The file, for the model of a fingerprint."""
        sizes = [[batch.height, batch.width, batch.names] for batch in self.batches]
        index = zlib.compress(json.dumps(sizes, separators=(",", ":")).encode(), 9)
        parts = (_number(len(batch.bits)) + batch.bits for batch in self.batches)
        body = _number(len(index)) + index + b"".join(parts)
        return _sealed(MANY, self.step, body, fingerprint)


def parse(data: bytes, fingerprint: bytes) -> Picture | Archive:
    """What a file holds.

    Raises
    ------
    BadFile
        If it is no such file, of a newer version, written by another model, or damaged.
    """
    if len(data) < BODY or data[0] not in (ONE, MANY):
        if data and data[0] >> 4 == ONE >> 4:
            raise BadFile("it is cut off, or of a newer format; upgrade isthmus, or copy it anew.")
        raise BadFile("it is no compressed picture of Isthmus.")
    if data[FINGERPRINT] != fingerprint[:2]:
        raise BadFile("it was compressed by another model, or is damaged; give the RUN it is from.")
    if data[CRC] != _crc(data, fingerprint):
        raise BadFile("it is damaged: its checksum differs; copy it anew.")
    reader = _Reader(data, BODY)
    try:
        return _picture(reader) if data[0] == ONE else _archive(reader)
    except (IndexError, ValueError, TypeError, zlib.error, RecursionError):
        raise BadFile("it is damaged: its parts do not fit each other.") from None


def _picture(reader: _Reader) -> Picture:
    height, width = reader.number() + 1, reader.number() + 1
    _check_sides(height, width)
    return Picture(height, width, reader.data[STEP], reader.data[reader.at :])


def _archive(reader: _Reader) -> Archive:
    unpack = zlib.decompressobj()
    sizes = json.loads(unpack.decompress(reader.take(reader.number()), LARGEST_INDEX))
    batches = [_batch(size, reader) for size in sizes]
    if reader.at != len(reader.data):
        raise ValueError
    return Archive(reader.data[STEP], batches)


def _batch(size: Any, reader: _Reader) -> Batch:
    height, width, names = size
    _check_sides(height, width)
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        names = tuple(names)
    elif not isinstance(names, int) or names < 1:
        raise ValueError
    return Batch(height, width, names, reader.take(reader.number()))


def _check_sides(*sides: Any) -> None:
    if not all(isinstance(side, int) and 1 <= side <= LARGEST_SIDE for side in sides):
        raise ValueError


@dataclass
class _Reader:
    """Bytes read one after the other; `IndexError` where there are no more."""

    data: bytes
    at: int

    def number(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise ValueError

    def take(self, n: int) -> bytes:
        if self.at + n > len(self.data):
            raise IndexError
        self.at += n
        return self.data[self.at - n : self.at]


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _sealed(kind: int, step: int, body: bytes, fingerprint: bytes) -> bytes:
    data = bytearray([kind, *fingerprint[:2], 0, 0, 0, 0, step]) + body
    data[CRC] = _crc(data, fingerprint)
    return bytes(data)


def _crc(data: bytes | bytearray, fingerprint: bytes) -> bytes:
    rest = bytes(data[: CRC.start]) + bytes(data[CRC.stop :])
    return zlib.crc32(rest, zlib.crc32(fingerprint)).to_bytes(4, "big")
