"""The model of a run for other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from isthmus.export import Parity, export_onnx
from isthmus.loading import load
from isthmus.runs.codes_file import code_columns
from isthmus.runs.folder import RunFolder, read_json, refuse_existing

__all__ = ["export_run"]

# Codes of the run whose items both halves are compared on.
COMPARED = 33


def export_run(run: Path, out: Path | None = None, *, force: bool = False) -> tuple[Path, Parity]:
    """Write the encoder and the decoder of a run as ONNX, whole or not at all.

    They are compared with PyTorch's on the items that the run's first codes decode to, for the data
    may be elsewhere; on drawn ones where its codes are gone.

    Parameters
    ----------
    run : Path
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
    RunExists
        If ``out`` is there and ``force`` is not given.
    """
    folder = RunFolder(run).require().path
    out = folder / "onnx" if out is None else out
    refuse_existing(out, force=force)
    ae = load(folder)
    ae.require_code(items=True)
    codes = _first_codes(folder / "codes.parquet", ae.n_components_)
    items = ae.inverse_transform(codes) if len(codes) > 1 else None
    columns = read_json(folder / "fit.json")["columns"]
    return out, export_onnx(ae, out, items=items, columns=columns)


def _first_codes(path: Path, n_components: int) -> NDArray[np.float32]:
    """The first codes of a file, none where it is not there, shape (n, n_components)."""
    if not path.is_file():
        return np.empty((0, n_components), np.float32)
    rows = pq.ParquetFile(path).iter_batches(COMPARED, columns=code_columns(n_components))
    return np.column_stack([column.to_numpy() for column in next(rows).columns])
