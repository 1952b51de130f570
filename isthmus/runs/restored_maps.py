"""Holes in elevation maps filled: the same names, sizes, forms and places on earth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data.height_files import HeightFile, read_height_file
from isthmus.data.heights import height_files
from isthmus.errors import BadInput
from isthmus.runs.restored import Restored, Where, restore_each

__all__ = ["DEVIATION", "SAMPLES", "restore_maps"]

# Beside each map: how far samples of it lie apart, and a folder of them.
DEVIATION, SAMPLES = "deviation", "samples"

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]


def restore_maps(
    ae: Autoencoder,
    source: Path,
    out: Path,
    *,
    where: Where | None = None,
    n_samples: int = 0,
    strict: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Restored:
    """Fill the holes of a map, or of all maps of a folder, and write them under their own names.

    With ``n_samples`` there are two folders more: ``deviation`` has the standard deviation of that
    many samples, in the map's unit, and ``samples`` the samples themselves.

    Parameters
    ----------
    ae : Autoencoder
        Fitted to elevation maps.
    source : Path
    out : Path
        A folder, replaced if it is there; whole or not at all.
    where : Where or None
        What is hidden. Where it says nothing of a map, what has no data is filled; else that stays
        as it is outside of the mask.
    n_samples : int
        0, or at least 2.
    strict : bool
        Whether a map that cannot be restored is an error, not an entry of ``skipped``.

    Raises
    ------
    BadInput
        If there are no maps, or none can be restored.
    """
    if n_samples == 1:
        raise BadInput("one sample says nothing of the spread; ask for 2 or more, or for none.")
    names = height_files(source)
    folder = source.parent if source.is_file() else source

    def restore_one(name: str, writing: Path) -> bool:
        file = read_height_file(folder / name)
        hidden = _hidden(file, name, where or Where())
        _restore_one(ae, file, hidden, writing, name, n_samples)
        return bool(hidden.any())

    return restore_each(names, out, restore_one, strict=strict, progress=progress)


def _hidden(file: HeightFile, name: str, where: Where) -> Mask:
    """What is to be filled in, booleans (H, W)."""
    if where == Where():
        return np.asarray(np.isnan(file.values))
    hidden = np.zeros(file.values.shape, bool)
    if where.value is not None:
        hidden |= file.values == where.value
    if where.masks is not None:
        hidden |= where.mask(name, file.values.shape)
    return hidden


def _restore_one(
    ae: Autoencoder, file: HeightFile, hidden: Mask, out: Path, name: str, n_samples: int
) -> None:
    values = file.values[None]
    restored = [ae.restore(values, hidden[None])[0]]
    restored += [ae.restore(values, hidden[None], draw=number)[0] for number in range(n_samples)]
    # Outside of a mask no data stays no data.
    kept = np.isnan(file.values) & ~hidden
    best, *samples = (np.where(kept, np.nan, one) for one in restored)
    file.write(_made(out / name), best)
    if samples:
        deviation = np.where(hidden, np.std(samples, axis=0, ddof=1), 0.0)
        file.write(_made(out / DEVIATION / name), np.where(kept, np.nan, deviation), exact=True)
    for number, sample in enumerate(samples):
        path = out / SAMPLES / name
        file.write(_made(path.with_stem(f"{path.stem}-{number + 1}")), sample)


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
