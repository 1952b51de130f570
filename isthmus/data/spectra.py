"""Sounds as pictures of their frequencies over time, and such pictures back as sounds.

A picture has a row for each band of the mel scale, the highest first, and a column for each step in
time. Its bytes are levels in decibels below the loudest place: 255 is the loudest, 0 is 80 dB below
it or less. So how loud a sound was as a whole is not in its picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Spectrum"]

BANDS = 64
DECIBELS = 80.0
# Steps in time: of so many seconds, or longer where there would be more columns than these.
STEP, MOST_COLUMNS = 0.008, 128
# Columns are a multiple of this, so that networks can halve them.
MULTIPLE = 8
# Windows overlap so many times.
OVERLAP = 4
ROUNDS, MOMENTUM = 32, 0.99
SHARPENINGS = 50
SMALLEST = 1e-10


@dataclass(frozen=True)
class Spectrum:
    """How sounds become pictures.

    Attributes
    ----------
    rate : int
        Samples a second.
    hop : int
        Samples from one column to the next.
    columns : int
        Of a picture.
    bands : int
        Rows of a picture.
    """

    rate: int
    hop: int
    columns: int
    bands: int = BANDS

    @classmethod
    def of(cls, rate: int, seconds: float) -> Self:
        """For sounds of about this length."""
        hop = max(round(STEP * rate), -(-round(seconds * rate) // MOST_COLUMNS))
        columns = -(-round(seconds * rate) // hop)
        return cls(rate, hop, MULTIPLE * -(-columns // MULTIPLE))

    @property
    def n_samples(self) -> int:
        """Samples that a picture is of."""
        return self.hop * self.columns

    @property
    def seconds(self) -> float:
        """The time that a picture is of."""
        return self.n_samples / self.rate

    @property
    def window(self) -> int:
        """Samples that a column is of, a power of two."""
        return int(2 ** np.ceil(np.log2(OVERLAP * self.hop)))

    def pictures(self, sound: NDArray[np.floating]) -> NDArray[np.uint8]:
        """A sound as pictures, shape (n,) to (pieces, bands, columns).

        A short one lies in the middle of silence. A long one is cut into pieces that follow each
        other; the last begins early, so that it ends where the sound ends.
        All are relative to the loudest place of the whole sound.
        """
        n = self.n_samples
        if len(sound) <= n:
            before = (n - len(sound)) // 2
            pieces = [np.pad(sound, (before, n - len(sound) - before))]
        else:
            starts = [*range(0, len(sound) - n, n), len(sound) - n]
            pieces = [sound[start : start + n] for start in starts]
        waves = torch.from_numpy(np.stack(pieces).astype(np.float32))
        power = self._transform(waves).abs().square() + SMALLEST**2
        levels = 10 * torch.log10((self._filters @ power).clamp(min=SMALLEST))
        below = levels - levels.max()
        scaled = 255 * (1 + below / DECIBELS).clamp(min=0)
        return scaled.round().to(torch.uint8).flip(1).numpy()

    def sound(self, picture: NDArray[Any]) -> NDArray[np.float32]:
        """What a picture may have sounded like, shape (bands, columns) to (n_samples,), in -1..1.

        Its phases are made to agree with each other: Griffin and Lim, "Signal estimation from
        modified short-time Fourier transform" (1984), sped up by Perraudin, Balazs and Sondergaard
        (WASPAA 2013).

        Parameters
        ----------
        picture : ndarray, shape (bands, columns)
            Levels from 0 to 255.
        """
        levels = torch.from_numpy(np.clip(picture, 0, 255).astype(np.float32)).flip(0)
        power = torch.where(levels > 0, 10 ** (DECIBELS * (levels / 255 - 1) / 10), 0.0)
        size = self._frequencies(power).sqrt()
        guess = size * torch.exp(2j * torch.pi * _phases(size.shape))
        before = torch.zeros_like(guess)
        for _ in range(ROUNDS):
            again = self._transform(self._inverse(guess))
            ahead = again + MOMENTUM * (again - before)
            before = again
            guess = size * ahead / ahead.abs().clamp(min=SMALLEST)
        wave = self._inverse(guess).numpy()
        return np.asarray(wave / max(float(np.abs(wave).max()), SMALLEST) * 0.9, np.float32)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(**values)

    @cached_property
    def _filters(self) -> Tensor:
        """Triangles that are evenly wide in mels, shape (bands, frequencies), each of sum 1."""
        frequencies = np.linspace(0, self.rate / 2, self.window // 2 + 1)
        edges = _hertz(np.linspace(0, _mels(self.rate / 2), self.bands + 2))
        # At low frequencies a triangle may lie between two lines of the spectrum.
        width = np.maximum(np.diff(edges), self.rate / self.window)
        centres = edges[1:-1, None]
        rising = 1 - (centres - frequencies) / width[:-1, None]
        falling = 1 - (frequencies - centres) / width[1:, None]
        triangles = np.clip(np.minimum(rising, falling), 0, None)
        return torch.from_numpy(triangles / triangles.sum(1, keepdims=True)).float()

    def _frequencies(self, power: Tensor) -> Tensor:
        """Powers of frequencies whose bands are these, none below zero.

        Lee and Seung, "Algorithms for non-negative matrix factorization" (NeurIPS 2000), with the
        filters as the known factor.
        """
        filters, toward = self._filters, self._filters.T @ power
        found = toward.clone()
        for _ in range(SHARPENINGS):
            found *= toward / (filters.T @ (filters @ found)).clamp(min=SMALLEST)
        return found

    def _transform(self, waves: Tensor) -> Tensor:
        found = torch.stft(
            waves, self.window, self.hop, window=self._hann, return_complex=True, center=True
        )
        return found[..., : self.columns]

    def _inverse(self, spectra: Tensor) -> Tensor:
        return torch.istft(
            spectra, self.window, self.hop, window=self._hann, length=self.n_samples, center=True
        )

    @cached_property
    def _hann(self) -> Tensor:
        return torch.hann_window(self.window)


def _mels(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mels: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(700 * (10 ** (mels / 2595) - 1))


def _phases(shape: torch.Size) -> Tensor:
    """The same random ones every time."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))
