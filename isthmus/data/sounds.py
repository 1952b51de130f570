"""A folder of sounds -> pictures of their frequencies over time."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from math import gcd
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from isthmus.data.arrays import dataset_from_array
from isthmus.data.dataset import Dataset, Progress, as_text
from isthmus.data.folder import arranged, has_suffix, list_folder
from isthmus.data.images import image_suffixes
from isthmus.data.prepared import Plan, prepared
from isthmus.data.spectra import Spectrum
from isthmus.errors import MissingExtra
from isthmus.settings import Interval

__all__ = [
    "SOUND_SETTINGS",
    "SOUND_SUFFIXES",
    "Sounds",
    "is_sound_folder",
    "open_sound_folder",
    "open_spoken",
    "read_sound",
]

SOUND_SETTINGS = frozenset({"seconds", "spectrum", "strict", "progress"})
"""What `open_sound_folder` takes."""

SOUND_SUFFIXES = frozenset((".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"))
# A picture is as long as most sounds are, in seconds, but no longer than this.
_MOST, _LONGEST = 95, 4.0
_SHORTEST, _LONGEST_WISH = 0.02, 60.0


@dataclass(frozen=True)
class Length:
    """What a sound file says of itself."""

    rate: int
    n_samples: int

    @property
    def seconds(self) -> float:
        return self.n_samples / self.rate


@dataclass(frozen=True)
class Sounds:
    """Sound files as pictures.

    Parameters
    ----------
    seconds : what a picture is of; by default as long as 95 % of the sounds, at most 4.
    spectrum : how earlier sounds became pictures.
    """

    noun: ClassVar[str] = "sounds"
    seconds: float | None = None
    spectrum: Spectrum | None = None

    def settings(self) -> object:
        return self.seconds, self.spectrum and self.spectrum.to_dict()

    def guard(self) -> AbstractContextManager[object]:
        return nullcontext()

    def look(self, file: BinaryIO) -> Length:
        with _plain_errors():
            info = _soundfile().info(file)
        if not info.frames:
            raise ValueError("empty: no sample")
        return Length(info.samplerate, info.frames)

    def plan(self, looks: Sequence[Length]) -> Plan:
        spectrum = self.spectrum or _spectrum_of(looks, self.seconds)
        pieces = [
            max(1, -(-round(look.seconds * spectrum.rate) // spectrum.n_samples)) for look in looks
        ]
        n_long = sum(n > 1 for n in pieces)
        cut = f", {n_long} of them cut into pieces" if n_long else ""
        note = (
            f"{len(looks)} as pictures of {spectrum.seconds:.3g} s at {spectrum.rate} Hz{cut}; "
            "choose another length with seconds"
        )
        shape = (spectrum.bands, spectrum.columns)
        read = partial(_as_pictures, spectrum=spectrum)
        return Plan(read, shape, sum(pieces) + len(pieces), note, n_long > 0, spectrum.to_dict())


def is_sound_folder(path: Path) -> bool:
    """Whether the first file below a folder that is a sound or an image is a sound."""
    if not path.is_dir():
        return False
    for _, folders, names in os.walk(path, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if has_suffix(name, SOUND_SUFFIXES):
                return True
            if has_suffix(name, image_suffixes()):
                return False
    return False


def open_sound_folder(
    path: Path,
    *,
    seconds: float | None = None,
    spectrum: Spectrum | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Open a folder of sounds of any length and rate; subfolders are labels as those of images are.

    Channels are averaged, and all is resampled to the commonest rate. Sounds longer than a picture
    are cut into several, named ``FILE#0``, ``FILE#1`` and so on.

    Parameters
    ----------
    path : the folder. Files that are no sounds are passed over.
    seconds : what a picture is of, from 0.02 to 60; by default as long as 95 % of the sounds are,
        at most 4.
    spectrum : how earlier sounds became pictures, so that these become the same.
    strict : whether a file that is broken or silent is an error, not an entry of
        ``Dataset.skipped``.
    progress : called as ``progress(stage, done, total)`` while sounds are prepared.

    Raises
    ------
    BadInput
        If the folder holds no sound that can be read, or `strict` and one cannot.
    BadSetting
        If ``seconds`` is out of range.
    MissingExtra
        If soundfile is not installed.
    """
    _check(seconds)
    _soundfile()
    kind = Sounds(seconds, spectrum)
    files, skipped = list_folder(path, partial(has_suffix, suffixes=SOUND_SUFFIXES))
    found = prepared(path.resolve(), files, skipped, kind, strict=strict, progress=progress)
    return arranged(path, found, kind, spectrum=Spectrum.from_dict(found.about))


def open_spoken(
    path: Path, *, seconds: float | None = None, spectrum: Spectrum | None = None
) -> Dataset:
    """Open the Free Spoken Digit Dataset as an .npz of all recordings end to end.

    The official test part is each speaker's first five recordings of each digit.
    """
    _check(seconds)
    with np.load(path, allow_pickle=False) as arrays:
        audio = arrays["audio"].astype(np.float32) / 2**15
        ends, rate = np.cumsum(arrays["length"]), int(arrays["rate"])
        digits, speakers, numbers = (arrays[name] for name in ("digit", "speaker", "index"))
    sounds = np.split(audio, ends[:-1])
    form = spectrum or _spectrum_of([Length(rate, len(sound)) for sound in sounds], seconds)
    pictures, whose = [], []
    for number, sound in enumerate(sounds):
        some = form.pictures(resampled(sound, rate, form.rate))
        pictures.append(some)
        whose += [number] * len(some)
    items, origin = np.concatenate(pictures), np.array(whose)
    names = zip(digits[origin], speakers[origin], numbers[origin], strict=True)
    ids = np.array([f"{digit}_{who}_{number}" for digit, who, number in names])
    later = np.flatnonzero(np.concatenate([[False], origin[1:] == origin[:-1]]))
    ids = ids.astype(object)
    ids[later] = [f"{name}#1" for name in ids[later]]
    in_test = numbers[origin] < 5
    cut = len(later) > 0

    def part(which: NDArray[np.bool_], test: Dataset | None) -> Dataset:
        data = dataset_from_array(
            items[which],
            path,
            ids=ids[which].astype(str),
            labels=as_text(digits[origin][which]),
            test=test,
            source=f"recordings in {path} as pictures of {form.seconds:.3g} s",
        )
        return replace(data, spectrum=form, pictures=origin[which] if cut else None)

    return part(~in_test, part(in_test, None))


def read_sound(file: BinaryIO, rate: int) -> NDArray[np.float32]:
    """A sound of one channel at a rate, shape (n,).

    Raises
    ------
    Exception
        Nearly anything for a damaged file; ValueError for one that is silent.
    """
    with _plain_errors():
        samples, own = _soundfile().read(file, dtype="float32", always_2d=True)
    mono = samples.mean(1)
    if not np.isfinite(mono).all():
        raise ValueError("holds NaN or infinity")
    if not mono.any():
        raise ValueError("silent: all samples are 0")
    return resampled(mono, own, rate)


def resampled(sound: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """A sound at another rate."""
    if rate == wanted:
        return sound
    common = gcd(rate, wanted)
    return np.asarray(resample_poly(sound, wanted // common, rate // common), np.float32)


def _as_pictures(file: BinaryIO, spectrum: Spectrum) -> NDArray[np.uint8]:
    return spectrum.pictures(read_sound(file, spectrum.rate))


def _spectrum_of(looks: Sequence[Length], seconds: float | None) -> Spectrum:
    rate = Counter(look.rate for look in looks).most_common(1)[0][0]
    usual = float(np.percentile([look.seconds for look in looks], _MOST))
    return Spectrum.of(rate, seconds or min(max(usual, _SHORTEST), _LONGEST))


def _check(seconds: float | None) -> None:
    Interval(float, _SHORTEST, _LONGEST_WISH, optional=True).check("", "seconds", seconds)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Errors of libsndfile in its own words, without the name of an open file."""
    try:
        yield
    except _soundfile().LibsndfileError as error:
        raise ValueError(error.error_string.rstrip(".").lower()) from error


def _soundfile() -> Any:
    try:
        import soundfile
    except ImportError as error:
        raise MissingExtra('sounds need: pip install "isthmus[sound]"') from error
    return soundfile
