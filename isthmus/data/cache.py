"""Where Isthmus keeps what it prepared or downloaded, and how it writes there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from isthmus.errors import CannotWrite, IsthmusError

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

    Yields a temporary binary file beside `path`, which takes its place when the block ends well.

    Raises
    ------
    CannotWrite
        If the disk is full or read-only.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            yield file
        os.replace(temporary, path)
        temporary = None
    except IsthmusError:
        raise
    except OSError as error:
        raise CannotWrite(
            f"the cache {path.parent} cannot be written: {error.strerror or error}. "
            f"Set ISTHMUS_CACHE to a folder with room."
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
