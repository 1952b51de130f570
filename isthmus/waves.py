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


def cosines(length: int) -> Floats:
    """Waves along one side, slowest first: orthonormal rows, shape (min(length, 64), length)."""
    waves: Floats = dct(np.eye(length), axis=0, norm="ortho")[:FASTEST]
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
    best = fit_waves(sample, item_shape, pca, sizes[-1], sizes[-1])
    if not len(held_out):
        return best
    of_pca = pca.squared_errors(held_out, sizes).mean(0)
    least = float(len(sizes))
    for n_principal in (number for number in HEADS if number < sizes[-1]):
        waves = fit_waves(sample, item_shape, pca, n_principal, sizes[-1])
        if waves.n_directions < sizes[-1]:
            continue
        errors = _errors(waves, held_out, item_shape, pca, sizes)
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
    spectrum = _spectrum(_rest(sample, pca, n_principal), item_shape)
    by_channel = spectrum.reshape(-1, item_shape[2])
    colours = eigh(by_channel.T @ by_channel)[1][:, ::-1].T
    variances = np.square(spectrum @ colours.T).mean(0)
    order = np.argsort(variances, axis=None)[::-1]
    order = order[: _n_waves(item_shape, n_components, n_principal)]
    frequencies = np.stack(np.unravel_index(order, variances.shape), axis=1)
    return Waves(n_principal, colours, frequencies, variances.ravel()[order])


def _errors(
    waves: Waves,
    pictures: Floats,
    item_shape: Shape,
    pca: PrincipalComponents,
    sizes: tuple[int, ...],
) -> Floats:
    """Mean squared error of pictures at each code size, shape (len(sizes),)."""
    rest = _rest(pictures, pca, waves.n_principal)
    spectrum = _spectrum(rest, item_shape) @ waves.colours.T
    energy = np.square(spectrum[:, *waves.frequencies.T]).mean(0)
    left = np.square(rest).sum(1).mean() - np.cumsum(energy)
    of_pca = pca.squared_errors(pictures, sizes).mean(0)
    m = waves.n_principal
    return np.array([left[size - m - 1] if size > m else of_pca[i] for i, size in enumerate(sizes)])


def _rest(pictures: Floats, pca: PrincipalComponents, n_principal: int) -> Floats:
    """What PCA's first directions leave of pictures, same shape."""
    centred = (pictures - pca.mean).astype(np.float32)
    head = pca.directions[:n_principal].astype(np.float32)
    rest: Floats = centred - (centred @ head.T) @ head
    return rest


def _spectrum(rows: Floats, item_shape: Shape) -> Floats:
    """Coefficients of the slower waves, shape (m, <=64, <=64, C)."""
    coefficients: Floats = dctn(rows.reshape(-1, *item_shape), axes=(1, 2), norm="ortho")
    return coefficients[:, :FASTEST, :FASTEST]


def _n_waves(item_shape: Shape, n_components: int, n_principal: int) -> int:
    """How many waves to have for a code of this length, behind that many of PCA's directions."""
    height, width, channels = item_shape
    wanted = max(n_components, FEWEST) - n_principal
    return max(0, min(wanted, min(height, FASTEST) * min(width, FASTEST) * channels))
