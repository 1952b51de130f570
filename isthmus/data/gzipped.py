"""Files that may be gzipped."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from isthmus.errors import BadFile

__all__ = ["read_bytes", "unpacked"]


def read_bytes(path: Path) -> bytes:
    """The content of a file, unpacked if its name ends in ``.gz``.

    Raises
    ------
    BadFile
        If a gzipped file is damaged or cut short.
    """
    return unpacked(path.read_bytes(), str(path))


def unpacked(content: bytes, name: str) -> bytes:
    """The content of a file of this name, unpacked; raises what `read_bytes` does."""
    if not name.lower().endswith(".gz"):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadFile(f"{name} is a damaged gzip file ({error}); fetch it again.") from error
