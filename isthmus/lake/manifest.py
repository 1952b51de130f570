"""What a folder of codes is of: written before the first piece, read by whoever goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from isthmus.errors import BadFile, RunExists
from isthmus.lake.folder import Folder
from isthmus.lake.listing import Listed
from isthmus.lake.sources import Source, pieces_of

__all__ = ["MANIFEST", "Manifest"]

#: Readers of Parquet folders pass over what begins so.
MANIFEST = "_manifest.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Manifest:
    """Of which model and of which input the pieces in a folder are.

    Attributes
    ----------
    model : dict
        Digests of the model and of how files become its items, and the steps of search.
    sources : tuple of Source
        The input, in its order.
    """

    model: dict[str, Any]
    sources: tuple[Source, ...]

    def write(self, folder: Folder) -> None:
        """Write the manifest, whole or not at all."""
        values = {
            "format_version": FORMAT_VERSION,
            "model": self.model,
            "sources": [asdict(source) for source in self.sources],
        }
        folder.write(MANIFEST, json.dumps(values, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Folder) -> Self | None:
        """The manifest in a folder, or None where there is none; raises `BadFile`."""
        text = folder.read(MANIFEST)
        if text is None:
            return None
        try:
            values = json.loads(text)
            if values["format_version"] > FORMAT_VERSION:
                raise BadFile(f"{folder.name(MANIFEST)} is of a newer Isthmus; upgrade.")
            return cls(values["model"], tuple(Source.from_dict(s) for s in values["sources"]))
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, BadFile):
                raise
            raise BadFile(f"{folder.name(MANIFEST)} is damaged: {error}.") from error

    def continued(self, found: Manifest, files: Sequence[Listed], folder: Folder) -> Manifest:
        """An earlier manifest, brought up to date with what was found now.

        A source that changed since may be cut anew while no piece of it is there.

        Raises
        ------
        RunExists
            If the folder holds codes by another model, or of other input.
        """
        advice = f"write to another folder with --out, or remove {folder.place}"
        if found.model != self.model:
            raise RunExists(f"{folder.place} holds codes by another model; {advice}.")
        if len(found.sources) != len(self.sources):
            before, now = (sum(s.n_files for s in of.sources) for of in (self, found))
            raise RunExists(
                f"{folder.place} holds codes of {before} files, and here are {now}; {advice}."
            )
        written = folder.names()
        begun = {
            piece.paths[0] for piece in pieces_of(self.sources, files) if piece.file in written
        }
        sources = tuple(
            replace(new, slices=old.slices) if new.digest == old.digest else new
            for old, new in zip(self.sources, found.sources, strict=True)
        )
        for old, new in zip(self.sources, sources, strict=True):
            if old.digest != new.digest and (old.first != new.first or old.first in begun):
                raise RunExists(
                    f"{folder.place} holds codes of other input: {old.first} is not what it was; "
                    f"{advice}."
                )
        return replace(found, sources=sources)
