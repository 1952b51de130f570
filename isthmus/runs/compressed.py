"""Picture files to compressed ones and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isthmus.data import Skipped
from isthmus.data.folder import image_files
from isthmus.data.picture_files import read_picture_file
from isthmus.errors import BadFile, BadInput, NoData
from isthmus.files import replacing_folder
from isthmus.isth_file import SUFFIX
from isthmus.runs.decoded import file_names
from isthmus.settings import Interval
from isthmus.uses.compression import Codec

__all__ = ["Compressed", "Wish", "compress_files", "decompress_files"]

Pixels = NDArray[np.uint8]
Progress = Callable[[str, int, int], None]
BYTE, BITS = 255, 8


@dataclass(frozen=True)
class Wish:
    """How small files are to be: a step, so many bits a pixel at most, or as the run has it.

    Attributes
    ----------
    step : int or None
        0 (fine) to 255 (coarse).
    bits_per_pixel : float or None
        Above 0; of the whole file.
    """

    step: int | None = None
    bits_per_pixel: float | None = None

    def __post_init__(self) -> None:
        if self.step is not None and self.bits_per_pixel is not None:
            raise BadInput("give --step or --bpp, not both.")
        Interval(float, 0.0, closed="neither", optional=True).check(
            "compress", "bits_per_pixel", self.bits_per_pixel
        )

    def settings(self, n_pixels: int) -> dict[str, int | None]:
        """Arguments of `Codec.compress` for so many pixels."""
        wanted = self.bits_per_pixel
        return {
            "step": self.step,
            "n_bytes": None if wanted is None else int(wanted * n_pixels / BITS),
        }


@dataclass
class Compressed:
    """What was done: the pictures, those left out with the reason, pixels and bytes written."""

    names: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    n_pixels: int = 0
    n_bytes: int = 0


def compress_files(
    codec: Codec,
    sources: Sequence[Path],
    out: Path,
    wish: Wish,
    *,
    archive: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Compressed:
    """Compress pictures, and all pictures of folders.

    Parameters
    ----------
    codec : Codec
    sources : sequence of Path
        Pictures of any size, or folders.
    out : Path
        A folder, replaced if it is there; whole or not at all.
    wish : Wish
    archive : bool
        All into one file, named as the first source.
    strict : bool
        Whether a picture that cannot be compressed is an error, not an entry of ``skipped``.

    Raises
    ------
    BadInput
        If two pictures would be written to one file, or none can be compressed.
    """
    found = [each for source in sources for each in _pictures_in(source)]
    written = file_names([name for name, _ in found], SUFFIX)
    done, packed = Compressed(), dict[str, Pixels]()
    with replacing_folder(out) as folder:
        for number, ((name, path), target) in enumerate(zip(found, written, strict=True)):
            try:
                picture = _pixels_of(path, codec.channels)
                if archive:
                    packed[name] = picture
                else:
                    data = codec.compress(picture, **wish.settings(_n_pixels(picture)))
                    _write(folder / target, data, done)
            except BadInput as error:
                if strict or len(found) == 1:
                    raise
                done.skipped.append(Skipped(name, str(error)))
                continue
            finally:
                if progress is not None:
                    progress("compressing", number + 1, len(found))
            done.names.append(name)
            done.n_pixels += _n_pixels(picture)
        if not done.names:
            raise BadInput(f"none of {len(found)} pictures: {done.skipped[0].reason}")
        if archive:
            target = f"{sources[0].resolve().stem}{SUFFIX}"
            _write(folder / target, codec.pack(packed, **wish.settings(done.n_pixels)), done)
    return done


def decompress_files(
    codec: Codec,
    sources: Sequence[Path],
    out: Path,
    *,
    strict: bool = False,
    progress: Progress | None = None,
) -> Compressed:
    """The pictures of compressed files, and of all such files of folders, as PNG.

    Parameters
    ----------
    codec : Codec
    sources : sequence of Path
    out : Path
        A folder, replaced if it is there; whole or not at all.
    strict : bool
        Whether a file that cannot be read is an error, not an entry of ``skipped``.

    Raises
    ------
    BadFile, BadInput
        If none can be read, or two pictures would be written to one file.
    """
    found = [each for source in sources for each in _compressed_in(source)]
    done = Compressed()
    with replacing_folder(out) as folder:
        for number, (name, path) in enumerate(found):
            try:
                pictures = _unpacked(codec, name, path)
            except (BadFile, BadInput) as error:
                if strict or len(found) == 1:
                    raise
                done.skipped.append(Skipped(name, str(error)))
                continue
            finally:
                if progress is not None:
                    progress("decompressing", number + 1, len(found))
            for target, picture in pictures.items():
                if target in done.names:
                    raise BadInput(f"two pictures would be written to {target}; rename one file.")
                (folder / target).parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(folder / target)
                done.names.append(target)
                done.n_pixels += _n_pixels(picture)
        if not done.names:
            raise BadFile(f"none of {len(found)} files: {done.skipped[0].reason}")
    return done


def _unpacked(codec: Codec, name: str, path: Path) -> dict[str, Pixels]:
    """Pictures of one file by the names of theirs."""
    try:
        pictures = codec.unpack(path.read_bytes())
    except BadFile as error:
        raise BadFile(f"{path}: {error}") from None
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}.") from None
    # What holds one picture has no name for it but the file's own.
    names = [name] if list(pictures) == ["0"] else list(pictures)
    return dict(zip(file_names(names), pictures.values(), strict=True))


def _pixels_of(path: Path, n_channels: int) -> Pixels:
    picture = read_picture_file(path)
    values = picture.values
    if picture.depth is None and not (np.isfinite(values).all() and 0 <= values.min() <= 1):
        raise BadInput(f"{path} holds numbers that are no pixels in 0..1.")
    if values.ndim == 3 and n_channels == 1:
        raise BadInput(f"{path} has colours, and this run compresses grey pictures.")
    pixels = np.rint(np.clip(values, 0, 1) * BYTE).astype(np.uint8)
    return np.repeat(pixels[..., None], 3, -1) if values.ndim == 2 and n_channels == 3 else pixels


def _n_pixels(picture: Pixels) -> int:
    return picture.shape[0] * picture.shape[1]


def _write(path: Path, data: bytes, done: Compressed) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    done.n_bytes += len(data)


def _pictures_in(source: Path) -> Iterator[tuple[str, Path]]:
    folder = source.parent if source.is_file() else source
    for name in image_files(source):
        yield name, folder / name


def _compressed_in(source: Path) -> Iterator[tuple[str, Path]]:
    if source.is_file():
        yield source.name, source
        return
    paths = sorted(source.rglob(f"*{SUFFIX}")) if source.is_dir() else []
    if not paths:
        raise NoData(f"{source}: there is no such file, or no {SUFFIX} file in the folder.")
    for path in paths:
        yield path.relative_to(source).as_posix(), path
