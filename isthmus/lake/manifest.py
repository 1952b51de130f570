"""What a folder of codes is of: written before the first piece, read by whoever goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from isthmus.errors import BadFile, RunExists
from isthmus.lake.folder import Folder
from isthmus.lake.sources import Source, piece_file

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

    def continued(self, found: Manifest, folder: Folder) -> Manifest:
        """An earlier manifest, brought up to date with what was found now.

        Sources keep their numbers, which order the codes, once a piece of them is written. Others
        may have changed, gone, or come at the end.

        Raises
        ------
        RunExists
            If the folder holds codes by another model, or of a source that is not there as it was.
        """
        advice = f"Write to another folder with --out, or remove {folder.place}."
        if found.model != self.model:
            raise RunExists(f"{folder.place} holds codes by another model. {advice}")
        written = folder.names()
        sources = list(found.sources)
        for number, old in enumerate(self.sources):
            new = sources[number] if number < len(sources) else None
            if new is not None and new.digest == old.digest:
                sources[number] = replace(new, slices=old.slices)
            elif any(piece_file(number, part) in written for part in range(len(old.slices))):
                raise RunExists(f"{folder.place} holds codes of {_otherwise(old, new)} {advice}")
        return replace(found, sources=tuple(sources))


def _otherwise(old: Source, new: Source | None) -> str:
    """How a source whose codes are written is not what it was."""
    if new is not None and new.first == old.first:
        return f"{old.first} as it was before it changed."
    there = "nothing" if new is None else new.first
    return (
        f"{old.first}, and in its place of the input is {there} now: files may come after those "
        "that are encoded, not before them, and none of these may go."
    )
