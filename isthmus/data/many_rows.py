"""Parquet files with many rows -> numbers on disk, prepared once and then memory-mapped.

A prepared table is a folder of the cache: ``items.npy``, ``words.arrow`` with ids and labels where
there are some, and ``index.json``, written last. Nothing of it is in memory but what is read. Its
numbers are float32 where that holds them exactly, which is half of the disk, else float64.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from isthmus.data import frames
from isthmus.data.cache import cache_folder, replacing
from isthmus.data.dataset import Dataset, Progress, RowNumbers, name_of
from isthmus.data.frames import (
    TABLE_SETTINGS,
    chosen_columns,
    column_as_text,
    no_parquet,
    parquet_files,
)
from isthmus.data.growing import GrowingArray
from isthmus.data.table import TableEncoding, learnt_column
from isthmus.data.words import Words
from isthmus.errors import BadInput, CannotWrite

__all__ = ["MANY_ROWS_SETTINGS", "open_parquet", "precision_of"]

MANY_ROWS_SETTINGS = TABLE_SETTINGS | {"progress"}
"""What `open_parquet` takes."""

_VERSION = 1  # of the prepared files: raise it when the same files would become other items
# Tables with no more values are read at once, as float64.
_MOST_IN_MEMORY = 2**25
# Values that are converted at once.
_AT_ONCE = 2**22
_ITEMS, _WORDS, _INDEX = "items.npy", "words.arrow", "index.json"


def open_parquet(
    path: Path,
    *,
    label: str | None = None,
    id: str | None = None,
    table: TableEncoding | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open a Parquet file or a folder of them, whatever its size.

    The parameters, and what is raised, are those of `isthmus.data.frames.open_parquet`, which reads
    small ones; ``progress`` is called as ``progress("preparing rows", done, total)``.
    """
    try:
        files, n_rows = parquet_files(path)
    except (pa.ArrowException, OSError):  # what is wrong is said by the other reader
        return frames.open_parquet(path, label=label, id=id, table=table)
    if n_rows * len(files.schema.names) <= _MOST_IN_MEMORY:
        return frames.open_parquet(path, label=label, id=id, table=table)
    many = ManyRows(path, files, n_rows)
    label, id = chosen_columns(many.names, label, id, table)
    folder = cache_folder() / "prepared" / many.key(label, id, table)
    found = _load(folder)
    if found is None:
        try:
            table = table or many.learn(label, id)
            many.prepare(folder, table, label, id, progress)
        except BadInput as error:
            raise BadInput(f"{path}: {error}") from error
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, CannotWrite):
                raise
            raise no_parquet(path, error) from error
        found = _load(folder)
    if found is None:
        raise CannotWrite(f"{folder} was damaged while it was written; remove it and try again.")
    return found.dataset(path)


@dataclass(frozen=True)
class ManyRows:
    """Parquet files, a piece at a time.

    Attributes
    ----------
    path : Path
    files : pyarrow's data set
    n_rows : int
    """

    path: Path
    files: Any
    n_rows: int

    @property
    def names(self) -> list[str]:
        """The columns, without the row numbers that pandas may have put beside them."""
        return [name for name in self.files.schema.names if not name.startswith("__index_level_")]

    def key(self, label: str | None, id: str | None, table: TableEncoding | None) -> str:
        """The name of the prepared table: a hash of all that decides what is in it."""
        paths = [Path(name) for name in self.files.files]
        listing = [(str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in paths]
        settings = (label, id, table and table.to_dict())
        content = json.dumps([_VERSION, "rows", str(self.path.resolve()), settings, listing])
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    def learn(self, label: str | None, id: str | None) -> TableEncoding:
        """How the columns become numbers; of those that are not, all values are looked at."""
        names = [name for name in self.names if name not in (label, id)]
        if not names:
            raise BadInput("the table has no column but the label and the id; nothing is left.")
        columns = []
        for name in names:
            numeric = _is_numeric(self.files.schema.field(name).type)
            empty = [pd.Series([], dtype="float64")]
            pieces = empty if numeric else (frame[name] for frame in self.frames([name], 1))
            columns.append(learnt_column(name, pieces))
        return TableEncoding(tuple(columns), label, id)

    def frames(self, names: list[str], width: int) -> Iterator[pd.DataFrame]:
        """The rows in order, so many at a time that ``width`` numbers of each are few."""
        batches = self.files.to_batches(
            columns=names,
            batch_size=max(1, _AT_ONCE // width),
            batch_readahead=1,
            fragment_readahead=1,
            use_threads=False,
            # Of a thousand wide files the descriptions alone are gigabytes.
            cache_metadata=False,
        )
        for batch in batches:
            if batch.num_rows:
                yield pa.Table.from_batches([batch]).replace_schema_metadata(None).to_pandas()

    def prepare(
        self,
        folder: Path,
        table: TableEncoding,
        label: str | None,
        id: str | None,
        progress: Progress | None,
    ) -> None:
        """Write the prepared table."""
        taken = [name for name in (label, id) if name is not None]
        names = [c.name for c in table.columns if c.name in self.names] + taken
        types = [self.files.schema.field(c.name).type for c in table.columns if c.name in names]
        precision = precision_of(types)
        shutil.rmtree(folder, ignore_errors=True)  # what an earlier attempt left
        with replacing(folder / _ITEMS) as output, replacing(folder / _WORDS) as words:
            rows = GrowingArray(output, self.n_rows, (len(table.encoded),), np.dtype(precision))
            schema = pa.schema([(name, pa.string()) for name in taken])
            with pa.ipc.new_file(words, schema) as writer:
                for frame in self.frames(names, len(table.encoded)):
                    rows.append(table.apply(frame, precision)[0])
                    texts = [column_as_text(frame[name]).tolist() for name in taken]
                    writer.write_table(pa.table([pa.array(t, pa.string()) for t in texts], schema))
                    if progress is not None:
                        progress("preparing rows", rows.shape[0], self.n_rows)
            rows.finish()
        index = {"table": table.to_dict(), "label": label, "id": id, "rows": rows.shape[0]}
        with replacing(folder / _INDEX) as output:
            output.write(json.dumps(index).encode())


@dataclass(frozen=True)
class _Prepared:
    items: NDArray[Any]
    table: TableEncoding
    ids: Words | None
    labels: Words | None

    def dataset(self, path: Path) -> Dataset:
        return Dataset(
            name=name_of(path),
            items=self.items,
            ids=RowNumbers(range(len(self.items))) if self.ids is None else self.ids,
            labels=None if self.labels is None else np.asarray(self.labels),
            kind="table",
            columns=self.table.encoded,
            test=None,
            skipped=(),
            source=f"table {path}",
            table=self.table,
        )


def _load(folder: Path) -> _Prepared | None:
    """A prepared table, or None if it is not there, unfinished or damaged."""
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        items = np.load(folder / _ITEMS, mmap_mode="r", allow_pickle=False)
        words = Words.mapped(folder / _WORDS)
        if len(items) != index["rows"]:
            return None
        ids, labels = (index[of] and words[index[of]] for of in ("id", "label"))
        return _Prepared(items, TableEncoding.from_dict(index["table"]), ids, labels)
    except (OSError, EOFError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def _is_numeric(kind: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)


def precision_of(types: Iterable[pa.DataType]) -> type[np.floating[Any]]:
    """float32 where it holds every value of columns of these types exactly, else float64."""
    return np.float32 if all(map(_fits_float32, types)) else np.float64


def _fits_float32(kind: pa.DataType) -> bool:
    """Whether float32 holds every value of a column exactly; levels become 0 and 1."""
    if pa.types.is_integer(kind):
        return bool(kind.bit_width <= 16)
    if pa.types.is_floating(kind):
        return bool(kind.bit_width <= 32)
    return not pa.types.is_decimal(kind)
