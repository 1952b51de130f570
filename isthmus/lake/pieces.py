"""One piece: read, encoded and written, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

import isthmus.errors
from isthmus.autoencoder import Autoencoder
from isthmus.data import Skipped
from isthmus.errors import IsthmusError
from isthmus.lake.folder import Folder
from isthmus.lake.forms import Form
from isthmus.lake.listing import Root
from isthmus.lake.sources import Piece
from isthmus.runs.codes_file import code_table, code_tables, rows_a_group, write_tables
from isthmus.runs.items import matching

__all__ = ["Done", "PieceEncoder"]

SPLIT = "all"


@dataclass(frozen=True)
class Done:
    """What became of a piece.

    Attributes
    ----------
    file : str
    n_rows : int
    skipped : tuple of Skipped
        Files that could not be read.
    error : tuple of (str, str) or None
        Name of the class and message, where the piece could not be written.
    """

    file: str
    n_rows: int = 0
    skipped: tuple[Skipped, ...] = ()
    error: tuple[str, str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """This as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inverse of `to_dict`, also after a round trip through JSON."""
        skipped = tuple(Skipped(**left_out) for left_out in values["skipped"])
        error = values["error"] and tuple(values["error"])
        return cls(**{**values, "skipped": skipped, "error": error})

    @classmethod
    def failed(cls, file: str, error: IsthmusError) -> Self:
        """A piece that could not be written, or a file that could not be cut into pieces."""
        return cls(file, error=(type(error).__name__, str(error)))

    def exception(self) -> IsthmusError:
        """The error, to be raised."""
        name, message = self.error or ("IsthmusError", "")
        return getattr(isthmus.errors, name)(message)


@dataclass(frozen=True)
class PieceEncoder:
    """Encodes pieces; the same in every engine, and may be pickled.

    Attributes
    ----------
    ae : Autoencoder
        Fitted.
    root : Root
        Of the input.
    form : Form
    out : Folder
    """

    ae: Autoencoder
    root: Root
    form: Form
    out: Folder

    def __call__(self, piece: Piece) -> Done:
        """Write the codes of a piece; what a user can mend is told, not raised."""
        skipped: list[Skipped] = []
        try:
            n_rows = write_tables(self.out.name(piece.file), self._tables(piece, skipped))
        except IsthmusError as error:
            return Done.failed(piece.file, error)
        return Done(piece.file, n_rows, tuple(skipped))

    def _tables(self, piece: Piece, skipped: list[Skipped]) -> Iterator[pa.Table]:
        """Row groups of the file; files that could not be read are in its metadata too."""
        about = None
        for table in regrouped(self._encoded(piece, skipped), rows_a_group(self.ae.n_components_)):
            about = about or {"isthmus.skipped": json.dumps([asdict(lost) for lost in skipped])}
            yield table.replace_schema_metadata(about)

    def _encoded(self, piece: Piece, skipped: list[Skipped]) -> Iterator[pa.Table]:
        labelled = self.form.labelled
        nothing = np.empty((0, self.ae.n_components_), np.float32)
        yield code_table([], [] if labelled else None, [], nothing)  # a piece may be empty
        for data in self.form.read(self.root, piece):
            skipped += data.skipped
            split = np.broadcast_to(np.str_(SPLIT), len(data))
            yield from code_tables(
                self.ae, matching(data, self.ae.item_shape_), split, labelled=labelled
            )


def regrouped(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of so many, the last of what is left."""
    held: list[pa.Table] = []
    n = n_whole = 0
    for table in tables:
        held.append(table)
        n += table.num_rows
        while n >= rows:
            together = pa.concat_tables(held)
            yield together.slice(0, rows).combine_chunks()
            held, n, n_whole = [together.slice(rows)], n - rows, n_whole + 1
    if n or not n_whole:
        yield pa.concat_tables(held).combine_chunks()
