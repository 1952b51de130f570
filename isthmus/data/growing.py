"""An .npy file that grows row by row."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

__all__ = ["GrowingArray"]


class GrowingArray:
    """Rows appended to an .npy file whose number is known only at the end.

    Written, not memory-mapped: a full disk is then an error and not a crash.

    Parameters
    ----------
    file : open binary file
    most : int
        Rows that there can be.
    shape : tuple of int
        Of a row.
    dtype : dtype
    """

    def __init__(self, file: BinaryIO, most: int, shape: tuple[int, ...], dtype: np.dtype[Any]):
        self.file = file
        self.shape = (0, *shape)
        self.dtype = dtype
        self._write_header((most, *shape))

    def append(self, rows: NDArray[Any]) -> None:
        """Write further rows, of the file's type."""
        self.file.write(np.ascontiguousarray(rows, self.dtype).data)
        self.shape = (self.shape[0] + len(rows), *self.shape[1:])

    def finish(self) -> None:
        """Say how many there are."""
        # NumPy pads the header so that the first length can be changed in place.
        self.file.seek(0)
        self._write_header(self.shape)

    def _write_header(self, shape: tuple[int, ...]) -> None:
        descr = npy_format.dtype_to_descr(self.dtype)
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        npy_format.write_array_header_1_0(self.file, header)
