"""What a folder of codes is of: written before the first piece, read by whoever goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from isthmus.errors import BadFile, RunExists
from isthmus.lake.folder import Folder
from isthmus.lake.listing import Listed
from isthmus.lake.sources import Source, piece_file, sources_of

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

    def continued(
        self, model: dict[str, Any], files: Sequence[Listed], together: int, folder: Folder
    ) -> Manifest:
        """This manifest, brought up to date with the files that are there now.

        Sources keep their numbers, which order the codes, once a piece of them is written. Others
        may have changed or gone, and files may have come where no codes lie behind them.

        Parameters
        ----------
        model : dict
            Of the model that goes on.
        files : sequence of Listed
            All files of the input, in its order.
        together : int
            Files of a new source.
        folder : Folder
            Where the codes are.

        Raises
        ------
        RunExists
            If the folder holds codes by another model, or of a source that is not there as it was.
        """
        advice = f"Write to another folder with --out, or remove {folder.place}."
        if model != self.model:
            raise RunExists(f"{folder.place} holds codes by another model. {advice}")
        names = folder.names()
        written = [_is_written(number, old, names) for number, old in enumerate(self.sources)]
        sources: list[Source] = []
        start = 0
        for old, is_written, end in zip(
            self.sources, written, _ends(self.sources, written, files), strict=True
        ):
            stop = start + old.n_files if is_written else min(start + together, end)
            some = files[start:stop]
            new = Source.of(some) if some else replace(old, n_files=0, slices=())
            if some and new.digest == old.digest:
                new = replace(new, slices=old.slices)
            elif is_written:
                raise RunExists(f"{folder.place} holds codes of {_otherwise(old, new)} {advice}")
            sources.append(new)
            start += len(some)
        while sources and not sources[-1].n_files:  # no number behind these has to stay
            sources.pop()
        return Manifest(model, (*sources, *sources_of(files[start:], together)))


def _ends(sources: Sequence[Source], written: Sequence[bool], files: Sequence[Listed]) -> list[int]:
    """For each source the place of the first file that belongs to a later one with codes."""
    place = {file.path: i for i, file in enumerate(files)}
    ends, end = [], len(files)
    for source, is_written in zip(reversed(sources), reversed(written), strict=True):
        ends.append(end)
        if is_written:
            end = place.get(source.first, end)
    return ends[::-1]


def _is_written(number: int, source: Source, names: set[str]) -> bool:
    """Whether codes of a source are there."""
    return any(piece_file(number, part) in names for part in range(len(source.slices)))


def _otherwise(old: Source, new: Source) -> str:
    """How a source whose codes are written is not what it was."""
    if new.n_files and new.first == old.first:
        if old.n_files == 1:
            return f"{old.first} as it was before it changed."
        return (
            f"{old.n_files} files from {old.first} on, which are encoded together, as they were "
            "before one of them changed, went or came."
        )
    there = new.first if new.n_files else "nothing"
    return (
        f"{old.first}, and in its place of the input is {there} now: files may come after those "
        "that are encoded, not before them, and none of these may go."
    )
