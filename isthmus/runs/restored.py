"""Damaged files restored: the same names, sizes and forms in another folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.corruptions import Corruption, Grey
from isthmus.corruptions.grey import luma
from isthmus.data import Skipped, TableEncoding
from isthmus.data.arrays import read_array
from isthmus.data.folder import image_files
from isthmus.data.frames import CSV_SUFFIXES, delimiter_of, frame_of, read_table
from isthmus.data.gzipped import read_bytes
from isthmus.data.picture_files import PictureFile, read_picture_file
from isthmus.data.rows import with_channels
from isthmus.errors import BadInput, NoData
from isthmus.files import replacing_folder
from isthmus.inputs import with_gaps

__all__ = ["Restored", "Where", "restore_array", "restore_each", "restore_pictures", "restore_rows"]

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]

HALF = 0.5


@dataclass(frozen=True)
class Where:
    """How damaged pictures say what is hidden, beside pixels that are transparent or NaN.

    Attributes
    ----------
    masks : Path or None
        A picture for all, or a folder with one of the same name for each (any picture suffix):
        white is hidden.
    value : float or None
        Pixels of exactly this value, in the file's own unit, are hidden.
    """

    masks: Path | None = None
    value: float | None = None

    def hidden(self, picture: PictureFile, name: str) -> Mask:
        """What is hidden in a picture, booleans (H, W)."""
        values = picture.values
        pixels = values if values.ndim == 3 else values[..., None]
        hidden: Mask = np.asarray(np.isnan(pixels).any(-1))
        if picture.alpha is not None:
            hidden |= picture.alpha == 0
        if self.value is not None:
            hidden |= (np.rint(pixels * (picture.depth or 1)) == self.value).all(-1)
        if self.masks is not None:
            hidden |= self.mask(name, hidden.shape)
        return hidden

    def mask(self, name: str, shape: tuple[int, ...]) -> Mask:
        """What the mask of a picture of a shape hides, booleans (H, W); there must be masks."""
        assert self.masks is not None
        if not self.masks.exists():
            raise NoData(f"there is no file or folder {self.masks}; --masks needs one.")
        path = self.masks if self.masks.is_file() else _of_same_name(self.masks, name)
        white = read_picture_file(path).values > HALF
        mask: Mask = white if white.ndim == 2 else np.asarray(white.any(-1))
        if mask.shape != shape:
            raise BadInput(
                f"mask {path} has {mask.shape[0]}x{mask.shape[1]} pixels, and the picture {name} "
                f"{shape[0]}x{shape[1]}; give a mask of the picture's size."
            )
        return mask


@dataclass(frozen=True)
class Restored:
    """What was done: the files written, and those left out with the reason."""

    names: list[str]
    skipped: list[Skipped]
    untouched: list[str]


def restore_pictures(
    ae: Autoencoder,
    source: Path,
    out: Path,
    *,
    where: Where | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Restore a picture, or all pictures of a folder, and write them under their own names.

    Parameters
    ----------
    ae : Autoencoder
        Fitted to pictures whose values are pixels.
    source : Path
    out : Path
        A folder, replaced if it is there; whole or not at all.
    where : Where or None
        What is hidden, where the corruption hides.
    strict : bool
        Whether a picture that cannot be restored is an error, not an entry of ``skipped``.

    Raises
    ------
    BadInput
        If the autoencoder is not for pictures, there are none, or none can be restored.
    """
    if len(ae.item_shape_) == 1 or not ae.scaling_.is_pixels:
        raise BadInput(
            f"this run was fitted to items of shape {ae.item_shape_} in other units than pixels; "
            f"it restores arrays (.npy) and tables, and {source} holds pictures."
        )
    corruption = Corruption.resolve(ae.corruption)
    where = where or Where()
    if not corruption.flags and (where.masks is not None or where.value is not None):
        raise BadInput(
            f"this run restores what the corruption {corruption.name!r} did, and takes no masks; "
            "fit with --restore mask for that."
        )
    names = image_files(source)
    folder = source.parent if source.is_file() else source

    def restore_one(name: str, writing: Path) -> bool:
        return _restore_one(ae, corruption, folder, name, writing, where)

    return restore_each(names, out, restore_one, strict=strict, progress=progress)


def restore_each(
    names: Sequence[str],
    out: Path,
    restore_one: Callable[[str, Path], bool],
    *,
    strict: bool,
    progress: Progress | None,
) -> Restored:
    """Restore files one by one into a folder, which is there whole or not at all.

    Parameters
    ----------
    names : sequence of str
    out : Path
        A folder, replaced if it is there.
    restore_one : callable
        Takes a name and a folder to write into; whether there was anything to restore.
    strict : bool
        Whether a file that cannot be restored is an error, not an entry of ``skipped``.
    progress : callable or None

    Raises
    ------
    BadInput
        If none can be restored.
    """
    done = Restored([], [], [])
    with replacing_folder(out) as writing:
        for number, name in enumerate(names):
            try:
                if not restore_one(name, writing):
                    done.untouched.append(name)
                done.names.append(name)
            except BadInput as error:
                if strict or len(names) == 1:
                    raise
                done.skipped.append(Skipped(name, str(error)))
            if progress is not None:
                progress("restoring", number + 1, len(names))
        if not done.names:
            raise BadInput(f"none of {len(names)} files: {done.skipped[0].reason}")
    return done


def restore_array(ae: Autoencoder, source: Path, out: Path, where: Where | None = None) -> int:
    """Restore the items of an array and write them under its own name.

    Parameters
    ----------
    ae : Autoencoder
    source : Path
        An .npy file of items, shape (n, *item); NaN is hidden where the corruption hides.
    out : Path
        A folder, replaced if it is there; whole or not at all.
    where : Where or None
        Its ``value`` is hidden too, in all channels at once; its ``masks`` are an .npy of booleans.

    Returns
    -------
    int
        How many items there were.

    Raises
    ------
    BadInput
        If the file is no array, or its items are none of this autoencoder's.
    """
    where = where or Where()
    damaged = read_array(source)
    hidden = None if where.value is None else damaged == where.value
    if hidden is not None and damaged.ndim == 4:
        hidden = hidden.all(-1)
    given = damaged
    if where.masks is not None:
        # Masks may be of pixels or of all their channels: each goes its own way in.
        given = damaged if hidden is None else with_gaps(damaged, hidden)
        hidden = read_array(where.masks).astype(bool)
    restored = ae.restore(given, hidden)
    if damaged.dtype.kind in "iu":
        limits = np.iinfo(damaged.dtype)
        restored = np.clip(np.rint(restored), limits.min, limits.max)
    with replacing_folder(out) as folder, (folder / source.name).open("wb") as file:
        np.save(file, restored.astype(damaged.dtype))
    return len(damaged)


def restore_rows(ae: Autoencoder, table: TableEncoding, source: Path, out: Path) -> int:
    """Fill the missing cells of a table; write it under its own name.

    Parameters
    ----------
    ae : Autoencoder
        Fitted to tables.
    table : TableEncoding
        How its columns become numbers.
    source : Path
        A CSV or Parquet file.
    out : Path
        A folder that is not there yet, or one to be replaced.

    Returns
    -------
    int
        How many cells were filled in.
    """
    frame = frame_of(read_table(source), source)
    rows, names = table.apply(frame)
    fitted = getattr(ae, "feature_names_in_", None)
    given = rows if fitted is None else pd.DataFrame(rows, columns=list(names))
    filled = table.fill(frame, ae.restore(given))
    with replacing_folder(out) as folder:
        path = folder / source.name
        if source.name.lower().endswith(CSV_SUFFIXES):
            filled.to_csv(path, index=False, sep=delimiter_of(read_bytes(source)))
        else:
            filled.to_parquet(path, index=False)
    known = [column.name for column in table.columns]
    return int(frame[known].isna().to_numpy().sum())


def _restore_one(
    ae: Autoencoder,
    corruption: Corruption,
    folder: Path,
    name: str,
    out: Path,
    where: Where,
) -> bool:
    picture = read_picture_file(folder / name)
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not corruption.flags:
        picture.write(path, _mended(ae, corruption, picture.values))
        return True
    hidden = where.hidden(picture, name)
    if hidden.any():
        picture.write(path, _mended(ae, corruption, picture.values, hidden), opaque=True)
        return True
    path.write_bytes((folder / name).read_bytes())
    return False


def _mended(
    ae: Autoencoder, corruption: Corruption, values: Floats, hidden: Mask | None = None
) -> Floats:
    """Pixels in 0..1 restored, whatever channels they and the autoencoder have."""
    n_channels = with_channels(ae.item_shape_)[2]
    if isinstance(corruption, Grey):
        grey = values if values.ndim == 2 else luma(torch.from_numpy(values))[..., 0].numpy()
        return _through(ae, grey[None])[0]
    if n_channels == 1 and values.ndim == 3:
        # Channel by channel: what a grey model knows of one it knows of the others.
        each = None if hidden is None else np.broadcast_to(hidden, (3, *hidden.shape))
        return np.moveaxis(_through(ae, np.moveaxis(values, -1, 0), each), 0, -1)
    mask = None if hidden is None else hidden[None]
    if n_channels == 3 and values.ndim == 2:
        restored = _through(ae, np.repeat(values[None, ..., None], 3, -1), mask).mean(-1)[0]
        return restored if hidden is None else np.where(hidden, restored, values)
    return _through(ae, values[None], mask)[0]


def _through(ae: Autoencoder, values: Floats, hidden: Mask | None = None) -> Floats:
    """Pixels in 0..1 to the autoencoder's unit and back, shape (n, H, W) or (n, H, W, C)."""
    if len(ae.item_shape_) == 3 and values.ndim == 3 and ae.item_shape_[2] == 1:
        values = values[..., None]
    scale = float(ae.scaling_.scale)
    restored = ae.restore((values * scale).astype(np.float32), hidden) / scale
    return restored[..., 0] if restored.shape[-1] == 1 else restored


def _of_same_name(folder: Path, name: str) -> Path:
    exact = folder / name
    if exact.is_file():
        return exact
    stem = exact.with_suffix("")
    for path in sorted(stem.parent.glob(f"{stem.name}.*")):
        return path
    raise BadInput(f"there is no mask for {name} in {folder}; expected a picture {stem.name}.*")
