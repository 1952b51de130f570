"""The forms that files of a lake have: how each is cut into pieces, and read a piece at a time.

==================  =========================================  ================================
files               a piece is                                 in memory at once
==================  =========================================  ================================
.parquet            row groups of one, 65,536 rows or more     some thousand rows
.npy                65,536 rows of one                         some thousand rows
.csv, .tsv (.gz)    one                                        one
pictures, sounds    1,024 of them                              the items of a piece
==================  =========================================  ================================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
from numpy.lib import format as npy_format
from numpy.typing import NDArray
from pyarrow import parquet

from isthmus.addresses import reaching
from isthmus.data import Dataset, TableEncoding
from isthmus.data.arrays import dataset_from_array
from isthmus.data.frames import column_as_text, csv_table, no_parquet, refuse_twins
from isthmus.data.gzipped import unpacked
from isthmus.data.many_rows import precision_of
from isthmus.data.prepared import Kind, ListedFile, items_of
from isthmus.errors import BadFile, BadInput, IsthmusError
from isthmus.lake.listing import Root
from isthmus.lake.sources import Piece

__all__ = ["Arrays", "CsvRows", "Files", "Form", "ParquetRows", "Slices"]

Slices = tuple[tuple[int, int | None], ...]

ROWS_A_PIECE = 2**16
FILES_A_PIECE = 1024
# Values that are read at once.
VALUES_AT_ONCE = 2**22


class Form(Protocol):
    """A form of files.

    Attributes
    ----------
    together : int
        Files that are cut into pieces together.
    labelled : bool
        Whether items have labels.
    """

    together: ClassVar[int]

    @property
    def labelled(self) -> bool: ...

    def settings(self) -> Any:
        """What the items depend on beside the files, as JSON can hold it."""

    def slices(self, root: Root, path: str) -> Slices:
        """The pieces of a source that begins with this file: first row and number of rows."""

    def read(self, root: Root, piece: Piece) -> Iterator[Dataset]:
        """The items of a piece, some at a time."""


@dataclass(frozen=True)
class Rows:
    """Rows of tables, as numbers.

    Attributes
    ----------
    table : TableEncoding
        How their columns become numbers.
    """

    together: ClassVar[int] = 1
    table: TableEncoding

    @property
    def labelled(self) -> bool:
        return self.table.label is not None

    def settings(self) -> Any:
        return self.table.to_dict()

    @property
    def columns(self) -> list[str]:
        """The columns that are read, where they are there."""
        named = (self.table.label, self.table.id)
        return [c.name for c in self.table.columns] + [name for name in named if name is not None]

    @property
    def at_once(self) -> int:
        """Rows that are read at once."""
        return max(1, VALUES_AT_ONCE // max(1, len(self.table.encoded)))

    def dataset(self, read: pa.Table, root: Root, path: str, first: int) -> Dataset:
        """Some rows of a file, the first of them being row ``first``.

        Without a column of ids they are called ``PATH#ROW``. They are float32 where that is exact,
        as many rows of one file are.
        """
        frame = read.replace_schema_metadata(None).to_pandas()
        for name, value in _partition(root.of(path)).items():
            if name in self.columns and name not in frame.columns:
                frame[name] = value
        numbers = [column.name for column in self.table.columns if column.levels is None]
        here = set(read.column_names)
        # What a folder's name gives is a whole number of any size.
        precision = precision_of(
            read.schema.field(name).type if name in here else pa.int64() for name in numbers
        )
        try:
            items, encoded = self.table.apply(frame, precision)
        except BadInput as error:
            raise BadInput(f"{root.name(path)}: {error}") from error
        ids, labels = (
            column_as_text(frame[name]) if name in frame.columns else None
            for name in (self.table.id, self.table.label)
        )
        return Dataset(
            name=path,
            items=items,
            ids=_numbered(path, first, len(frame)) if ids is None else ids,
            labels=labels,
            kind="table",
            columns=encoded,
            test=None,
            skipped=(),
            source=root.name(path),
        )


class ParquetRows(Rows):
    """Rows of Parquet files; a piece is row groups that lie one after the other."""

    def slices(self, root: Root, path: str) -> Slices:
        with _parquet(root, path) as file:
            refuse_twins(file.schema_arrow.names, root.name(path))
            found, first, n = [], 0, 0
            for group in range(file.num_row_groups):
                n += file.metadata.row_group(group).num_rows
                if n >= ROWS_A_PIECE:
                    found.append((first, n))
                    first, n = first + n, 0
        return (*found, (first, n)) if n or not found else tuple(found)

    def read(self, root: Root, piece: Piece) -> Iterator[Dataset]:
        (path,) = piece.paths
        with _parquet(root, path) as file:
            sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
            begins = np.cumsum([0, *sizes])[:-1]
            end = piece.first + (piece.count or 0)
            groups = np.flatnonzero((begins >= piece.first) & (begins < end)).tolist()
            row = piece.first
            for batch in _batches(file, self.at_once, groups, self.columns, root.name(path)):
                yield self.dataset(pa.Table.from_batches([batch]), root, path, row)
                row += batch.num_rows


class CsvRows(Rows):
    """Rows of CSV files, plain or gzipped; a piece is a whole file."""

    def slices(self, root: Root, path: str) -> Slices:
        return ((0, None),)

    def read(self, root: Root, piece: Piece) -> Iterator[Dataset]:
        (path,) = piece.paths
        name = root.name(path)
        with root.open(path) as file, reaching(name):
            content = file.read()
        whole = csv_table(unpacked(content, name), name)
        for first in range(0, whole.num_rows, self.at_once):
            yield self.dataset(whole.slice(first, self.at_once), root, path, first)


@dataclass(frozen=True)
class Arrays:
    """Items of .npy files."""

    together: ClassVar[int] = 1
    labelled: ClassVar[bool] = False

    def settings(self) -> Any:
        return None

    def slices(self, root: Root, path: str) -> Slices:
        with root.open(path) as file:
            shape, _ = _header(file, root.name(path))
        n = shape[0] if shape else 0
        starts = range(0, n, ROWS_A_PIECE)
        return tuple((start, min(ROWS_A_PIECE, n - start)) for start in starts) or ((0, 0),)

    def read(self, root: Root, piece: Piece) -> Iterator[Dataset]:
        (path,) = piece.paths
        name, end = root.name(path), piece.first + (piece.count or 0)
        with root.open(path) as file, reaching(name):
            shape, dtype = _header(file, name)
            at_once = max(1, VALUES_AT_ONCE // max(1, prod(shape[1:])))
            an_item = prod(shape[1:]) * dtype.itemsize
            file.seek(file.tell() + piece.first * an_item)
            for first in range(piece.first, end, at_once):
                n = min(at_once, end - first)
                content = file.read(n * an_item)
                if len(content) < n * an_item:
                    raise BadFile(f"{name} is cut short; write it again.")
                items = np.frombuffer(content, dtype).reshape(n, *shape[1:])
                ids = _numbered(path, first, n)
                yield dataset_from_array(items, Path(name), ids=ids, source=name)


@dataclass(frozen=True)
class Files:
    """Pictures or sounds, an item each or several.

    Attributes
    ----------
    kind : Kind
        How they become items; of one shape for all.
    shape : tuple of int
        Of an item of the model.
    strict : bool
        Whether an unreadable file is an error.
    """

    together: ClassVar[int] = FILES_A_PIECE
    labelled: ClassVar[bool] = False
    kind: Kind
    shape: tuple[int, ...]
    strict: bool = False

    def settings(self) -> Any:
        return self.kind.noun, self.kind.settings()

    def slices(self, root: Root, path: str) -> Slices:
        return ((0, None),)

    def read(self, root: Root, piece: Piece) -> Iterator[Dataset]:
        files = [ListedFile(path, 0, 0, partial(root.open, path)) for path in piece.paths]
        items, ids, skipped = items_of(files, self.kind, strict=self.strict)
        none: NDArray[np.uint8] = np.empty((0, *self.shape), np.uint8)
        yield Dataset(
            name=piece.paths[0],
            items=np.concatenate(items) if items else none,
            ids=np.array(ids, dtype=np.str_),
            labels=None,
            kind="images",
            columns=None,
            test=None,
            skipped=tuple(skipped),
            source=root.name(piece.paths[0]),
        )


def _partition(path: str) -> dict[str, int | str]:
    """Columns that names of folders stand for, ``KEY=VALUE``, as Hive and others write them."""
    pairs = (folder.split("=", 1) for folder in path.split("/")[:-1] if "=" in folder)
    return {key: int(value) if value.isdecimal() else unquote(value) for key, value in pairs if key}


def _numbered(path: str, first: int, n: int) -> NDArray[np.str_]:
    """Ids of rows that have none, shape (n,)."""
    return np.array([f"{path}#{row}" for row in range(first, first + n)], dtype=np.str_)


def _parquet(root: Root, path: str) -> parquet.ParquetFile:
    name = root.name(path)
    try:
        return parquet.ParquetFile(root.of(path), filesystem=root.system)
    except (pa.ArrowException, OSError) as error:
        raise no_parquet(name, error) from error


def _batches(
    file: parquet.ParquetFile, rows: int, groups: list[int], columns: list[str], name: str
) -> Iterator[pa.RecordBatch]:
    try:
        yield from file.iter_batches(rows, row_groups=groups, columns=columns, use_threads=False)
    except IsthmusError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise no_parquet(name, error) from error


def _header(file: Any, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an .npy file that begins at the file's place, which is then behind it."""
    try:
        version = npy_format.read_magic(file)
        read = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
        shape, by_columns, dtype = read[version](file)
    except (ValueError, KeyError, EOFError) as error:
        raise BadFile(f"{name} is no .npy file, or a damaged one; write it again.") from error
    if dtype.hasobject or by_columns or not shape:
        raise BadInput(
            f"{name} holds {dtype} of shape {shape}{' by columns' if by_columns else ''}; "
            "expected numbers in rows: write numpy.ascontiguousarray of it."
        )
    return shape, dtype
