"""Files that may be gzipped."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from isthmus.errors import BadFile

__all__ = ["read_bytes"]


def read_bytes(path: Path) -> bytes:
    """The content of a file, unpacked if its name ends in ``.gz``.

    Raises
    ------
    BadFile
        If a gzipped file is damaged or cut short.
    """
    content = path.read_bytes()
    if path.suffix.lower() != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadFile(f"{path} is a damaged gzip file ({error}); fetch it again.") from error
