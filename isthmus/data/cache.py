"""Where Isthmus keeps what it prepared or downloaded, and how it writes there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from isthmus.errors import CannotWrite
from isthmus.files import replacing_file

__all__ = ["cache_folder", "replacing"]


def cache_folder() -> Path:
    """The folder of the cache: ``$ISTHMUS_CACHE``, else ``isthmus`` in the user's cache.

    It need not exist yet.
    """
    chosen = os.environ.get("ISTHMUS_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    user_cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(user_cache) if user_cache else Path.home() / ".cache") / "isthmus"


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file of the cache so that it is either whole or not there.

    Yields a temporary binary file, which takes the place of ``path`` when the block ends well.

    Raises
    ------
    CannotWrite
        If the disk is full or read-only.
    """
    try:
        with replacing_file(path, durable=False) as temporary, temporary.open("wb") as file:
            yield file
    except CannotWrite as error:
        raise CannotWrite(f"{error} Set ISTHMUS_CACHE to a folder with room.") from error
