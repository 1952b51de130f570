"""Codes on disk: a Parquet file, a row an item, with the item's id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset
from isthmus.data.fetched import fetched
from isthmus.errors import BadFile, BadInput, NoData
from isthmus.files import replacing_file

__all__ = [
    "WORDS",
    "Splits",
    "code_columns",
    "code_table",
    "code_tables",
    "read_codes",
    "rows_a_group",
    "write_codes",
    "write_tables",
]

# A row group of the file is in memory while it is written, and its description until the end.
VALUES_A_GROUP, LARGEST_GROUP = 2**21, 2**14
#: Columns whose values come again and again; a dictionary of codes would be tried in vain. A file
#: without labels has only the second.
WORDS = ("label", "split")


class Splits:
    """The split of each item, "train" or "test": a byte each until it is written out.

    Parameters
    ----------
    tested : ndarray of bool, shape (n,)
    """

    def __init__(self, tested: NDArray[np.bool_]):
        self._tested = tested

    def __len__(self) -> int:
        return len(self._tested)

    def __getitem__(self, which: slice) -> NDArray[np.str_]:
        return np.where(self._tested[which], "test", "train")


def code_columns(n_components: int) -> list[str]:
    """Names of the code's columns: ``c0``, ``c1``, ..."""
    return [f"c{i}" for i in range(n_components)]


def write_codes(
    place: Path | str, ae: Autoencoder, parts: Iterable[tuple[Dataset, NDArray[np.str_] | Splits]]
) -> None:
    """Encode items and write their codes, a piece at a time.

    Parameters
    ----------
    place : Path or str
        A path or an address.
    ae : Autoencoder
        Fitted.
    parts : iterable of (Dataset, ndarray of str or Splits)
        Items and the name of each one's split; written in this order, each in its own order.
    """
    parts = list(parts)
    labelled = any(data.labels is not None for data, _ in parts)
    tables = (code_tables(ae, data, split, labelled=labelled) for data, split in parts)
    write_tables(place, chain.from_iterable(tables))


def write_tables(place: Path | str, tables: Iterable[pa.Table]) -> int:
    """Write tables of codes, a row group each, whole or not at all; returns the number of rows."""
    n_rows = 0
    with replacing_file(place) as temporary:
        writer: pq.ParquetWriter | None = None
        try:
            for table in tables:
                writer = writer or pq.ParquetWriter(
                    temporary, table.schema, use_dictionary=list(WORDS)
                )
                writer.write_table(table)
                n_rows += table.num_rows
        finally:
            if writer is not None:
                writer.close()
    return n_rows


def rows_a_group(n_components: int) -> int:
    """Rows of codes that are written together."""
    return min(LARGEST_GROUP, max(1, VALUES_A_GROUP // n_components))


def code_tables(
    ae: Autoencoder, data: Dataset, split: NDArray[np.str_] | Splits, *, labelled: bool
) -> Iterator[pa.Table]:
    """Items as tables with columns id, label (where ``labelled``), split, c0, c1, ..."""
    rows = rows_a_group(ae.n_components_)
    for start in range(0, len(data), rows):
        piece = slice(start, start + rows)
        codes = ae.transform(data.items[piece]).astype(np.float32)
        labels: list[str | None] | None = None
        if labelled:
            labels = [None] * len(codes) if data.labels is None else data.labels[piece].tolist()
        yield code_table(data.ids[piece].tolist(), labels, split[piece].tolist(), codes)


def code_table(
    ids: list[str], labels: list[str | None] | None, split: list[str], codes: NDArray[np.float32]
) -> pa.Table:
    """One table of codes, shape (n, k)."""
    columns = {"id": pa.array(ids, pa.string())}
    if labels is not None:
        columns["label"] = pa.array(labels, pa.string())
    columns["split"] = pa.array(split, pa.string())
    for name, values in zip(code_columns(codes.shape[1]), codes.T, strict=True):
        columns[name] = pa.array(values)
    return pa.table(columns)


def read_codes(place: Path | str) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
    """Ids and codes of a file; a file with fewer columns holds shorter codes.

    A folder that ``isthmus encode`` wrote will do: its files, in order.

    Returns
    -------
    ids : ndarray of str, shape (n,)
    codes : ndarray, shape (n, k)

    Raises
    ------
    NoData, BadFile, BadInput
        If the file is missing, damaged, or has no code columns.
    """
    path = fetched(place)
    if not path.exists():
        raise NoData(f"no file {path}; expected codes as isthmus encode writes them.")
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadFile(f"{path} is damaged or no Parquet file: {error}.") from None
    names = code_columns(sum(name[:1] == "c" and name[1:].isdigit() for name in table.column_names))
    missing = [name for name in names if name not in table.column_names]
    if not names or missing:
        raise BadInput(
            f"{path} has columns {', '.join(table.column_names[:8])}; expected c0, c1, ... without "
            "gaps, as isthmus encode writes them."
        )
    codes = np.column_stack([table[name].to_numpy() for name in names]).astype(np.float32)
    named = "id" in table.column_names
    ids = table["id"].to_pylist() if named else [str(i) for i in range(len(codes))]
    return np.asarray(ids, dtype=str), codes
