"""Decoded items on disk: pictures and sounds by their identifiers, or one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from isthmus.autoencoder import Autoencoder
from isthmus.data import Parts, Spectrum
from isthmus.data.wav import write_sound
from isthmus.errors import BadInput
from isthmus.files import replacing_folder
from isthmus.runs.folder import refuse_existing

__all__ = ["file_names", "write_decoded"]

ROWS = 4096
BYTE = 255


def write_decoded(
    out: Path | str,
    ae: Autoencoder,
    ids: NDArray[np.str_],
    codes: NDArray[np.float32],
    fit: Mapping[str, Any],
    *,
    force: bool = False,
) -> None:
    """Decode and write, whole or not at all.

    Parameters
    ----------
    out : Path or str
        A folder, or its address: ``ID.png`` for each picture (with its subfolders) and ``ID.wav``
        for each sound, or ``decoded.csv``; of pictures with numbers both.
    ae : Autoencoder
    ids : ndarray of str, shape (n,)
    codes : ndarray, shape (n, k)
    fit : mapping
        What ``fit.json`` of the run holds.
    force : bool
        Replace ``out`` if it is there.

    Raises
    ------
    RunExists
        If ``out`` is there and ``force`` is not given.
    BadInput
        If two items have the same identifier, or one leads out of the folder.
    """
    refuse_existing(out, force=force)
    parts = Parts.from_dict(fit["parts"]) if fit.get("parts") else None
    pictures = parts is not None or len(ae.item_shape_) > 1
    spectrum = Spectrum.from_dict(fit["spectrum"]) if fit.get("spectrum") else None
    names = file_names(ids, ".wav" if spectrum else ".png") if pictures else []
    with replacing_folder(out) as folder:
        if not pictures:
            _write_table(folder, ids, ae.inverse_transform(codes), fit)
            return
        numbers = []
        for start in range(0, len(codes), ROWS):
            decoded = ae.inverse_transform(codes[start : start + ROWS])
            if parts:
                numbers.append(parts.split(decoded)[1].copy())
            for name, picture in zip(names[start:], _bytes(decoded, ae, parts), strict=False):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if spectrum:
                    write_sound(path, spectrum.sound(picture), spectrum.rate)
                else:
                    Image.fromarray(picture).save(path)
        if parts:
            _write_table(folder, ids, np.concatenate(numbers), fit)


def _write_table(
    folder: Path, ids: NDArray[np.str_], rows: NDArray[np.floating], fit: Mapping[str, Any]
) -> None:
    frame = pd.DataFrame(rows, columns=fit["columns"])
    frame.insert(0, "id", ids)
    frame.to_csv(folder / "decoded.csv", index=False)


def file_names(ids: Iterable[str], suffix: str = ".png") -> list[str]:
    """A file name for each identifier, its own suffix replaced.

    Raises
    ------
    BadInput
        If two would be the same, or one leads out of the folder.
    """
    names = []
    for identifier in ids:
        path = PurePosixPath(str(identifier))
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise BadInput(f"id {str(identifier)!r} cannot be a file name inside the folder.")
        names.append(str(path.with_suffix(suffix)))
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput(f"two items would be written to {twice}; give them different ids.")
    return names


def _bytes(decoded: NDArray[np.floating], ae: Autoencoder, parts: Parts | None) -> NDArray[Any]:
    """Pictures as bytes: from the scaled values where pixels were 0..1, else as they are."""
    shape = parts.picture if parts else ae.item_shape_
    flat = decoded.reshape(len(decoded), -1)
    if parts:
        flat = flat[:, : parts.n_pixels]
    if ae.scaling_.is_pixels:
        flat = ae.scaling_.apply(flat)
    elif not parts:
        low, high = decoded.min(), decoded.max()
        flat = (flat - low) / max(high - low, 1e-12)
    pixels = np.rint(flat.clip(0, 1) * BYTE).astype(np.uint8)
    pictures = pixels.reshape(-1, *shape)
    return pictures[..., 0] if pictures.shape[-1] == 1 and pictures.ndim == 4 else pictures
