"""The folder that codes go to, here or elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from isthmus.addresses import elsewhere, local_path, reaching
from isthmus.files import replacing_file, writing

__all__ = ["Folder"]


@dataclass(frozen=True)
class Folder:
    """A place for files.

    Attributes
    ----------
    place : str
        A path or an address.
    """

    place: str

    def name(self, file: str) -> str:
        """A file in it, as `isthmus.files.replacing_file` takes it."""
        return f"{self.place.rstrip('/')}/{file}"

    def names(self) -> set[str]:
        """What is there; nothing where the folder is not."""
        here = local_path(self.place)
        if here is not None:
            return {path.name for path in here.iterdir()} if here.is_dir() else set()
        with reaching(self.place):
            there = elsewhere(self.place)
            there.system.invalidate_cache()
            if not there.system.exists(there.path):
                return set()
            return {path.rpartition("/")[2] for path in there.system.ls(there.path, detail=False)}

    def read(self, file: str) -> str | None:
        """The text of a file in it, or None where there is none."""
        place = self.name(file)
        here = local_path(place)
        if here is not None:
            return here.read_text(encoding="utf-8") if here.is_file() else None
        with reaching(place):
            there = elsewhere(place)
            if not there.system.exists(there.path):
                return None
            return bytes(there.system.cat_file(there.path)).decode()

    def write(self, file: str, text: str) -> None:
        """Write a file, whole or not at all."""
        with replacing_file(self.name(file)) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def sweep(self, prefix: str) -> None:
        """Remove what writers that were killed left half-written, of files that begin so."""
        here = local_path(self.place)
        if here is not None:
            with writing(here):
                for path in here.glob(f".{prefix}*"):
                    path.unlink(missing_ok=True)
