"""Codes on disk: a Parquet file, a row an item, with the item's id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset
from isthmus.errors import BadFile, BadInput, NoData
from isthmus.files import replacing_file

__all__ = ["WORDS", "code_columns", "read_codes", "write_codes"]

# A row group of the file is in memory while it is written, and its description until the end.
VALUES_A_GROUP, LARGEST_GROUP = 2**21, 2**16
#: Columns whose values come again and again; a dictionary of codes would be tried in vain. A file
#: without labels has only the second.
WORDS = ("label", "split")


def code_columns(n_components: int) -> list[str]:
    """Names of the code's columns: ``c0``, ``c1``, ..."""
    return [f"c{i}" for i in range(n_components)]


def write_codes(
    path: Path, ae: Autoencoder, parts: Iterable[tuple[Dataset, NDArray[np.str_]]]
) -> None:
    """Encode items and write their codes, a piece at a time.

    Parameters
    ----------
    path : Path
    ae : Autoencoder
        Fitted.
    parts : iterable of (Dataset, ndarray of str)
        Items and the name of each one's split; written in this order, each in its own order.
    """
    parts = list(parts)
    labelled = any(data.labels is not None for data, _ in parts)
    with replacing_file(path) as temporary:
        writer: pq.ParquetWriter | None = None
        try:
            for data, split in parts:
                for table in _tables(ae, data, split, labelled):
                    writer = writer or pq.ParquetWriter(
                        temporary, table.schema, use_dictionary=list(WORDS)
                    )
                    writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()


def _tables(
    ae: Autoencoder, data: Dataset, split: NDArray[np.str_], labelled: bool
) -> Iterator[pa.Table]:
    rows = min(LARGEST_GROUP, max(1, VALUES_A_GROUP // ae.n_components_))
    for start in range(0, len(data), rows):
        piece = slice(start, start + rows)
        codes = ae.transform(data.items[piece]).astype(np.float32)
        columns = {"id": pa.array(data.ids[piece].tolist(), pa.string())}
        if labelled:
            labels = [None] * len(codes) if data.labels is None else data.labels[piece].tolist()
            columns["label"] = pa.array(labels, pa.string())
        columns["split"] = pa.array(split[piece].tolist(), pa.string())
        for name, values in zip(code_columns(codes.shape[1]), codes.T, strict=True):
            columns[name] = pa.array(values)
        yield pa.table(columns)


def read_codes(path: Path) -> tuple[NDArray[np.str_], NDArray[np.float32]]:
    """Ids and codes of a file; a file with fewer columns holds shorter codes.

    Returns
    -------
    ids : ndarray of str, shape (n,)
    codes : ndarray, shape (n, k)

    Raises
    ------
    NoData, BadFile, BadInput
        If the file is missing, damaged, or has no code columns.
    """
    if not path.is_file():
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
