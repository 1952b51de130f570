"""Cosine waves: directions for pictures that need no training data to be right.

PCA's later directions are fitted to few pictures each and fit no others: on photographs of 128x128
the plain cosine waves of largest variance lose less than PCA from some code size on. So a code can
begin with PCA's first directions and go on with waves of what those leave.

Ahmed, Natarajan and Rao, "Discrete cosine transform" (IEEE Transactions on Computers, 1974).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, dctn
from scipy.linalg import eigh

from isthmus.principal import PrincipalComponents

__all__ = ["Waves", "choose_waves", "cosines", "fit_waves"]

Floats = NDArray[np.floating]
Shape = tuple[int, ...]

# Waves faster than this many half periods across a picture hold next to nothing that a short code
# could afford, and measuring them costs time and memory.
FASTEST = 64
# Directions that a short code is completed to.
FEWEST = 512
# Numbers of PCA's directions that are tried before waves take over.
HEADS = (0, 16, 64, 128, 256, 512)
# So little above PCA is rounding.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Waves:
    """PCA's first directions, and waves for what they leave.

    Attributes
    ----------
    n_principal : int
        How many of PCA's directions come first.
    colours : ndarray, shape (C, C)
        Orthonormal rows: mixtures of the channels, each of which has waves of its own.
    frequencies : ndarray of int, shape (r, 3)
        Half periods down and across, and the row of ``colours``; largest variance first. There
        are more than the code has numbers for: what follows the code's is guessed from it.
    variances : ndarray, shape (r,)
        Variance along each wave of what PCA's first directions leave.
    """

    n_principal: int
    colours: Floats
    frequencies: NDArray[np.intp]
    variances: Floats

    @property
    def n_directions(self) -> int:
        """Of both kinds."""
        return self.n_principal + len(self.frequencies)

    @classmethod
    def blank(cls, n_principal: int, item_shape: Shape, n_components: int) -> Waves:
        """Of the right shape, for a network whose weights are about to be read."""
        n_waves = _n_waves(item_shape, n_components, n_principal)
        frequencies = np.zeros((n_waves, 3), dtype=np.intp)
        return cls(n_principal, np.eye(item_shape[2]), frequencies, np.ones(n_waves))


def cosines(length: int, at_most: int = FASTEST) -> Floats:
    """Waves along one side, slowest first: orthonormal rows, (min(length, at_most), length)."""
    waves: Floats = dct(np.eye(length), axis=0, norm="ortho")[:at_most]
    return waves


def choose_waves(
    sample: Floats,
    held_out: Floats,
    item_shape: Shape,
    pca: PrincipalComponents,
    sizes: tuple[int, ...],
) -> Waves:
    """The waves behind that number of PCA's directions which does best on held-out pictures.

    At no code size are they above PCA there.

    Parameters
    ----------
    sample, held_out : ndarray, shape (m, H * W * C)
        Pictures to measure waves by, and pictures that neither they nor PCA have seen. With none
        of these the code is PCA's.
    item_shape : tuple of int
        ``(H, W, C)``.
    pca : PrincipalComponents
    sizes : tuple of int
        Code sizes that count, the last is the code's length.
    """
    heads = [number for number in HEADS if number < sizes[-1]] if len(held_out) else []
    of_sample, of_held_out = (Spectra(some, item_shape, pca) for some in (sample, held_out))
    best = _waves_of(of_sample, sizes[-1], sizes[-1])
    of_pca = pca.squared_errors(held_out, sizes).mean(0) if heads else np.zeros(len(sizes))
    least = float(len(sizes))
    for n_principal in heads:
        waves = _waves_of(of_sample, n_principal, sizes[-1])
        if waves.n_directions < sizes[-1]:
            continue
        errors = _errors(waves, of_held_out, sizes, of_pca)
        ratios = errors / np.maximum(of_pca, 1e-12 * of_pca.max())
        if ratios.max() <= 1.0 + ROUNDING and ratios.sum() < least:
            best, least = waves, float(ratios.sum())
    return best


def fit_waves(
    sample: Floats,
    item_shape: Shape,
    pca: PrincipalComponents,
    n_principal: int,
    n_components: int,
) -> Waves:
    """The waves of largest variance in pictures, behind PCA's first directions.

    As many as the code has numbers for, or enough for 512 directions in all.

    Parameters
    ----------
    sample : ndarray, shape (m, H * W * C)
        Pictures.
    item_shape : tuple of int
        ``(H, W, C)``.
    pca : PrincipalComponents
    n_principal : int
        How many of PCA's directions to keep.
    n_components : int
        Length of the whole code.
    """
    return _waves_of(Spectra(sample, item_shape, pca), n_principal, n_components)


class Spectra:
    """The slower waves in pictures, with and without PCA's first directions.

    Parameters
    ----------
    pictures : ndarray, shape (m, H * W * C)
    item_shape : tuple of int
    pca : PrincipalComponents
    """

    def __init__(self, pictures: Floats, item_shape: Shape, pca: PrincipalComponents):
        centred = (pictures - pca.mean).astype(np.float32)
        directions = pca.directions.astype(np.float32)
        self.item_shape = item_shape
        self.codes = centred @ directions.T
        self.energy = float(np.square(centred).sum(1).mean()) if len(centred) else 0.0
        self.whole, self.of_directions = (_spectrum(x, item_shape) for x in (centred, directions))

    def rest(self, n_principal: int) -> Floats:
        """What that many of PCA's directions leave of pictures, shape (m, <=64, <=64, C)."""
        m = min(n_principal, len(self.of_directions))
        head = np.tensordot(self.codes[:, :m], self.of_directions[:m], 1)
        rest: Floats = self.whole - head
        return rest

    def energy_left(self, n_principal: int) -> float:
        """Mean squared length of what they leave, faster waves included."""
        return self.energy - float(np.square(self.codes[:, :n_principal]).sum(1).mean())


def _waves_of(spectra: Spectra, n_principal: int, n_components: int) -> Waves:
    spectrum = spectra.rest(n_principal)
    by_channel = spectrum.reshape(-1, spectrum.shape[-1])
    colours = eigh(by_channel.T @ by_channel)[1][:, ::-1].T
    variances = np.square(spectrum @ colours.T).mean(0)
    order = np.argsort(variances, axis=None)[::-1]
    order = order[: _n_waves(spectra.item_shape, n_components, n_principal)]
    frequencies = np.stack(np.unravel_index(order, variances.shape), axis=1)
    return Waves(n_principal, colours, frequencies, variances.ravel()[order])


def _errors(waves: Waves, spectra: Spectra, sizes: tuple[int, ...], of_pca: Floats) -> Floats:
    """Squared error of pictures at each code size, their mean, shape (len(sizes),)."""
    m = waves.n_principal
    spectrum = spectra.rest(m) @ waves.colours.T
    energy = np.square(spectrum[:, *waves.frequencies.T]).mean(0)
    left = spectra.energy_left(m) - np.cumsum(energy)
    return np.array([left[size - m - 1] if size > m else of_pca[i] for i, size in enumerate(sizes)])


def _spectrum(rows: Floats, item_shape: Shape) -> Floats:
    """Coefficients of the slower waves, shape (m, <=64, <=64, C)."""
    pictures = rows.reshape(len(rows), *item_shape)
    coefficients: Floats = dctn(pictures, axes=(1, 2), norm="ortho", workers=-1)
    return coefficients[:, :FASTEST, :FASTEST]


def _n_waves(item_shape: Shape, n_components: int, n_principal: int) -> int:
    """How many waves to have for a code of this length, behind that many of PCA's directions."""
    height, width, channels = item_shape
    wanted = max(n_components, FEWEST) - n_principal
    return max(0, min(wanted, min(height, FASTEST) * min(width, FASTEST) * channels))
