"""CSV and Parquet files -> a data set."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, dataset, parquet

from isthmus.data.dataset import Dataset, RowNumbers, as_text, name_of
from isthmus.data.gzipped import read_bytes
from isthmus.data.table import TableEncoding, column_text
from isthmus.errors import BadFile, BadInput, unknown_name

__all__ = [
    "CSV_SUFFIXES",
    "TABLE_SETTINGS",
    "chosen_columns",
    "column_as_text",
    "csv_table",
    "delimiter_of",
    "frame_of",
    "ids_and_labels",
    "is_parquet_folder",
    "no_parquet",
    "open_csv",
    "open_parquet",
    "parquet_files",
    "read_table",
    "refuse_twins",
]

CSV_SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
TABLE_SETTINGS = frozenset({"label", "id", "table"})
"""What both `open_csv` and `open_parquet` take."""

# Columns that are taken out without being asked for, in any case.
_LABELS = ("label", "class", "target")
_IDS = ("id", "name", "")  # pandas writes its row numbers under no name
_DELIMITERS = ",;\t"
# Texts that mark a missing cell: those of pandas, and the one of the UCI repository.
_MISSING = [*csv.ConvertOptions().null_values, "?"]


def is_parquet_folder(path: Path) -> bool:
    """Whether a folder holds Parquet files, or its folders called ``KEY=VALUE`` do."""
    if not path.is_dir():
        return False
    # Names that begin so are notes of programs, which pyarrow passes over.
    if any(file.name[0] not in "._" for file in path.glob("*.parquet")):
        return True
    return any(map(is_parquet_folder, path.glob("*=*")))


def open_csv(
    path: Path,
    *,
    label: str | None = None,
    id: str | None = None,
    table: TableEncoding | None = None,
) -> Dataset:
    """Open a .csv or .tsv file, plain or gzipped, whose first line names the columns.

    Parameters
    ----------
    path : the file, in UTF-8; its delimiter is the one of ``, ; tab`` that the first line has most.
    label, id : the columns to take out as labels and ids; by default one named label, class or
        target, and one named id or name.
    table : how the columns become numbers; by default learnt from this file.

    Raises
    ------
    BadInput
        If the file is empty, ragged or has a column twice, or a column cannot become numbers.
    BadFile
        If a gzipped file is damaged.
    BadSetting
        If `label` or `id` is no column.
    """
    return _dataset(read_table(path), path, label=label, id=id, table=table)


def open_parquet(
    path: Path,
    *,
    label: str | None = None,
    id: str | None = None,
    table: TableEncoding | None = None,
) -> Dataset:
    """Open a Parquet file or a folder of them at once; the parameters are those of `open_csv`.

    For many rows see `isthmus.data.many_rows`.

    Raises
    ------
    BadInput
        If there are no rows, a column is there twice, or one cannot become numbers.
    BadFile
        If a file is damaged.
    BadSetting
        If `label` or `id` is no column.
    """
    return _dataset(read_table(path), path, label=label, id=id, table=table)


def read_table(path: Path) -> pa.Table:
    """A CSV or Parquet file, or a folder of the latter, as it is; raises what its opening does."""
    return _read_csv(path) if path.name.lower().endswith(CSV_SUFFIXES) else _read_parquet(path)


def delimiter_of(content: bytes) -> str:
    """What separates the columns of a CSV: that of ``, ; tab`` which its first line has most."""
    header = io.BytesIO(content).readline().decode("utf-8", "replace")
    return max(_DELIMITERS, key=header.count)


def _read_csv(path: Path) -> pa.Table:
    return csv_table(read_bytes(path), path)


def csv_table(content: bytes, path: Path | str) -> pa.Table:
    """The table of a CSV file with this content; raises what `open_csv` does."""
    if not content.strip():
        raise BadInput(f"{path} is empty; expected a line of column names and lines of values.")
    # One block, so that the type of a column is decided by all of its values.
    block = min(len(content) + 1, 2**31 - 1)
    try:
        read = csv.read_csv(
            pa.BufferReader(content),
            csv.ReadOptions(block_size=block, use_threads=False),
            csv.ParseOptions(delimiter=delimiter_of(content), newlines_in_values=True),
            csv.ConvertOptions(strings_can_be_null=True, null_values=_MISSING),
        )
        names = [name.strip() for name in read.column_names]
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is no regular table: {_mended(error)}") from error
    if any(pa.types.is_binary(kind) for kind in read.schema.types):
        raise BadInput(f"{path} holds text that is not UTF-8; save the file as UTF-8.")
    refuse_twins(names, path)
    return read.rename_columns(names)


def _read_parquet(path: Path) -> pa.Table:
    try:
        return parquet_files(path)[0].to_table()
    except (pa.ArrowException, OSError) as error:
        raise no_parquet(path, error) from error


def parquet_files(path: Path) -> tuple[Any, int]:
    """A Parquet file, or all below a folder, as pyarrow's data set, and the number of rows.

    Not read yet, but for what columns each has. A column has a type that holds those of all files.

    Raises
    ------
    BadInput
        If files differ in their columns, or one column is numbers here and text there.
    BadFile
        If a file is no Parquet.
    ArrowException, OSError
        If the folder cannot be read.
    """
    opened = partial(dataset.dataset, path, format="parquet", partitioning="hive")
    # Looked into one by one: a data set would keep the descriptions of all, megabytes a wide file.
    files = opened(schema=pa.schema([])).files
    if not files:
        raise BadInput(
            f"{path} holds no Parquet files but such as begin with a dot or an underscore."
        )
    first, *others = files
    common, n_rows = _described(first)
    refuse_twins(common.names, first)
    for other in others:
        schema, n = _described(other)
        n_rows += n
        for name in sorted(set(schema.names) ^ set(common.names)):
            has, lacks = (other, first) if name in schema.names else (first, other)
            raise BadInput(
                f"{lacks} lacks column {name!r}, which {has} has; one table needs the same columns "
                "in all files."
            )
        try:
            common = pa.unify_schemas([common, schema], promote_options="permissive")
        except pa.ArrowTypeError as error:
            raise BadInput(f"{other} is no table with {first}: {_mended(error)}") from error
    # Names of folders may be columns too.
    found = opened().schema
    kinds = {field.name: field for field in (*found, *common)}
    schema = pa.schema([kinds[name] for name in found.names], found.metadata)
    return opened(schema=schema), n_rows


def _described(path: str) -> tuple[Any, int]:
    """Columns and number of rows of a Parquet file."""
    try:
        with parquet.ParquetFile(path) as file:
            return file.schema_arrow.remove_metadata(), file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise no_parquet(path, error) from error


def no_parquet(path: Path | str, error: Exception) -> BadFile:
    """What is said of a file that is no Parquet."""
    return BadFile(f"{path} cannot be read as Parquet: {_mended(error)}")


def refuse_twins(names: Sequence[str], path: Path | str) -> None:
    """Raise `BadInput` where two columns have one name."""
    name, count = Counter(names).most_common(1)[0] if names else ("", 1)
    if count > 1:
        raise BadInput(
            f"{path} has column {name!r} {count} times; give each column a name of its own "
            f"in the first line."
        )


def _mended(error: Exception) -> str:
    """pyarrow's reason, in one line."""
    text = re.sub(r"\s+", " ", str(error)).removeprefix("CSV parse error: ")
    if "utf" in text.lower():
        text += "; save the file as UTF-8"
    return text.rstrip(".") + "."


def frame_of(read: pa.Table, path: Path) -> pd.DataFrame:
    """A table with at least one row, every column of the file being one."""
    if read.num_rows == 0:
        raise BadInput(f"{path} has column names but no rows; nothing to read.")
    frame = read.to_pandas()
    if frame.index.name is not None:  # pandas kept a column as its index
        frame = frame.reset_index()
    return frame


def ids_and_labels(path: Path) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """The ids and the labels of a table as text, each shape (n,); a missing one is "".

    Raises
    ------
    BadInput
        If there are no rows, or no column for one of the two.
    """
    frame = frame_of(read_table(path), path)
    columns = [str(name) for name in frame.columns]
    found = [_chosen("", None, None, usual, columns) for usual in (_IDS, _LABELS)]
    if found[0] is None or found[1] is None:
        raise BadInput(
            f"{path} has columns {', '.join(columns[:8])}; expected two named {_IDS[0]} and "
            f"{_LABELS[0]}."
        )
    return column_as_text(frame[found[0]]), column_as_text(frame[found[1]])


def _dataset(
    read: pa.Table,
    path: Path,
    *,
    label: str | None,
    id: str | None,
    table: TableEncoding | None,
) -> Dataset:
    """A data set of a table."""
    frame = frame_of(read, path)
    columns = [str(name) for name in frame.columns]
    label, id = chosen_columns(columns, label, id, table)
    try:
        table = table or TableEncoding.learn(frame, label=label, id=id)
        items, encoded = table.apply(frame)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    return Dataset(
        name=name_of(path),
        items=items,
        ids=RowNumbers(range(len(frame))) if id is None else column_as_text(frame[id]),
        labels=None if label is None else column_as_text(frame[label]),
        kind="table",
        columns=encoded,
        test=None,
        skipped=(),
        source=f"table {path}",
        table=table,
    )


def chosen_columns(
    columns: Sequence[str], label: str | None, id: str | None, table: TableEncoding | None
) -> tuple[str | None, str | None]:
    """The columns of labels and of ids: those asked for, those of the first table, or usual ones.

    Raises `BadSetting` where one that was asked for is not there.
    """
    learnt = (None, None) if table is None else (table.label, table.id)
    return (
        _chosen("label", label, learnt[0], _LABELS, columns),
        _chosen("id", id, learnt[1], _IDS, columns),
    )


def _chosen(
    what: str, asked: str | None, learnt: str | None, usual: Sequence[str], columns: Sequence[str]
) -> str | None:
    """The column to take out as labels or ids: the one asked for, that of the first table, or a
    usual name."""
    if asked is not None:
        if asked not in columns:
            raise unknown_name(f"{what} column", asked, columns)
        return asked
    if learnt is not None:
        return learnt if learnt in columns else None
    by_lower_case = {name.lower(): name for name in reversed(columns)}
    return next((by_lower_case[name] for name in usual if name in by_lower_case), None)


def column_as_text(values: pd.Series[Any]) -> NDArray[np.str_]:
    """Labels or ids as text, shape (n,); a missing one is ""."""
    if pd.api.types.is_float_dtype(values.dtype):
        return as_text(values.to_numpy(dtype=np.float64))
    return column_text(values)
