"""The model of a run for other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from isthmus.errors import BadFile, BadSetting
from isthmus.export import Parity, export_onnx, require_graph
from isthmus.hub import is_on_hub
from isthmus.loading import load
from isthmus.runs.codes_file import code_columns
from isthmus.runs.folder import read_json, refuse_existing
from isthmus.runs.pushed import found_run

__all__ = ["export_run"]

# Codes of the run whose items both halves are compared on.
COMPARED = 33


def export_run(run: Path, out: Path | None = None, *, force: bool = False) -> tuple[Path, Parity]:
    """Write the encoder and the decoder of a run as ONNX, whole or not at all.

    They are compared with PyTorch's on the items that the run's first codes decode to, for the data
    may be elsewhere; on drawn ones where its codes are not there.

    Parameters
    ----------
    run : Path
        Its folder, or what was pushed of one: ``hub:user/name``.
    out : Path or None
        Folder to write; None is ``RUN/onnx``.
    force : bool
        Replace it if it is there.

    Returns
    -------
    out : Path
    parity : Parity
        What was measured.

    Raises
    ------
    MissingExtra, BadSetting, CannotExport
        As `isthmus.export.export_onnx` does.
    NoData, BadFile
        As `isthmus.runs.pushed.found_run` does, or if the codes are damaged.
    RunExists
        If ``out`` is there and ``force`` is not given.
    """
    if out is None:
        if is_on_hub(run):
            raise BadSetting(f"{run} is no folder to write to; say by --out which one.")
        out = run / "onnx"
    folder = found_run(run).path
    refuse_existing(out, force=force)
    ae = load(folder)
    require_graph(ae)
    codes = _first_codes(folder / "codes.parquet", ae.n_components_)
    items = ae.inverse_transform(codes) if len(codes) > 1 else None
    columns = read_json(folder / "fit.json")["columns"]
    return out, export_onnx(ae, out, items=items, columns=columns)


def _first_codes(path: Path, n_components: int) -> NDArray[np.float32]:
    """The first codes of a file, none where it is not there, shape (n, n_components)."""
    if not path.is_file():
        return np.empty((0, n_components), np.float32)
    try:
        rows = next(pq.ParquetFile(path).iter_batches(COMPARED, columns=code_columns(n_components)))
    except (pa.ArrowInvalid, OSError) as error:
        raise BadFile(f"{path} is damaged or no Parquet file: {error}.") from None
    return np.column_stack([column.to_numpy() for column in rows.columns])
