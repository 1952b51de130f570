"""New items from a code: drawn, between others, along one number, at the border of two classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted, validate_data

from isthmus.data.rows import drawn, held_out_split
from isthmus.errors import BadInput
from isthmus.uses.alike import NeighbourGraph

__all__ = ["CodeDensity", "along_the_data", "border", "straight", "varied"]

Floats = NDArray[np.floating]

# Codes that a density is fitted to, and of these the share that chooses how many parts it has.
MOST_CODES, HELD_OUT = 20_000, 0.1
# Longer codes have a variance for each number alone: full matrices would want too many codes.
LONGEST_FULL = 128
# A part is fitted to so many codes a number, at least.
CODES_A_NUMBER = 3
# How much of a number's variance every part has, at least.
LEAST_VARIANCE = 1e-4
# What a walk leaves out of a number's values on each side.
ENDS = 0.02
HALVINGS = 30


class CodeDensity(DensityMixin, BaseEstimator):
    """A density of codes, so that any code can be drawn from: a mixture of normal distributions.

    It has as many parts as make codes that were held out likeliest. Ghosh et al., "From variational
    to deterministic autoencoders" (ICLR 2020), section 4: any autoencoder generates so.

    Parameters
    ----------
    random_state : int, default=0

    Attributes
    ----------
    mixture_ : GaussianMixture
        Of standardised codes.
    mean_, scale_ : ndarray, shape (k,)
    n_features_in_ : int

    Examples
    --------
    >>> codes = np.random.default_rng(0).normal(2.0, 3.0, size=(500, 4))
    >>> CodeDensity().fit(codes).sample(2).shape
    (2, 4)
    """

    def __init__(self, random_state: int = 0):
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the density of codes, shape (n, k), n at least 2."""
        codes = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        codes = codes[drawn(len(codes), MOST_CODES, self.random_state)]
        self.mean_, deviation = codes.mean(0), codes.std(0)
        # A number that never changes stays as it is.
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        scaled = (codes - self.mean_) / self.scale_
        kept, held_out = held_out_split(len(scaled), HELD_OUT, self.random_state)
        best, parts = -np.inf, 1
        while parts == 1 or parts * CODES_A_NUMBER * codes.shape[1] <= len(kept):
            mixture = self._mixture(parts).fit(scaled[kept])
            found = mixture.score(scaled[held_out])
            if found <= best:
                break
            self.mixture_, best, parts = mixture, found, 2 * parts
        return self

    def sample(self, n: int, random_state: int | None = None) -> Floats:
        """New codes, shape (n, k)."""
        check_is_fitted(self)
        chance = np.random.default_rng(self.random_state if random_state is None else random_state)
        self.mixture_.random_state = int(chance.integers(2**31))
        return chance.permutation(self.mixture_.sample(n)[0]) * self.scale_ + self.mean_

    def score_samples(self, X: Any) -> Floats:
        """The logarithm of the density at codes, in nats, shape (n,)."""
        check_is_fitted(self)
        codes = validate_data(self, X, dtype=np.float64, reset=False)
        scaled = (codes - self.mean_) / self.scale_
        return np.asarray(self.mixture_.score_samples(scaled) - np.log(self.scale_).sum())

    def score(self, X: Any, y: Any = None) -> float:
        """Mean of `score_samples`."""
        return float(self.score_samples(X).mean())

    def _mixture(self, parts: int) -> GaussianMixture:
        full = self.n_features_in_ <= LONGEST_FULL
        return GaussianMixture(
            parts,
            covariance_type="full" if full else "diag",
            reg_covar=LEAST_VARIANCE,
            random_state=self.random_state,
        )


def straight(first: Floats, last: Floats, steps: int) -> Floats:
    """Codes at even steps on the line between two, both ends among them, shape (steps, k)."""
    share = np.linspace(0.0, 1.0, steps)[:, None]
    return np.asarray((1 - share) * first + share * last)


def along_the_data(graph: NeighbourGraph, first: int, last: int, steps: int) -> Floats:
    """Codes at even steps on a way between two items that keeps near to others, shape (steps, k).

    The way goes from neighbour to neighbour so that the sum of squared distances is least: many
    short steps where items lie close. Groisman, Jonckheere and Sapienza, "Nonhomogeneous Euclidean
    first-passage percolation and distance learning" (Bernoulli, 2022).

    Raises
    ------
    BadInput
        If no chain of neighbours leads from one to the other.
    """
    ties = graph.ties.tocoo()
    apart = graph.codes[ties.row].astype(np.float64) - graph.codes[ties.col]
    lengths = graph.ties.copy()
    # Twins are at no distance, which a sparse matrix would take for no tie.
    lengths.data = np.maximum(np.square(apart).sum(1), np.finfo(float).tiny)
    reached, before = dijkstra(lengths, indices=first, return_predecessors=True)
    if not np.isfinite(reached[last]):
        raise BadInput("no chain of neighbours leads from one item to the other; blend straight.")
    way = [last]
    while way[-1] != first:
        way.append(int(before[way[-1]]))
    corners = graph.codes[way[::-1]].astype(np.float64)
    gone = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))]
    places = np.linspace(0.0, gone[-1], steps)
    return np.stack([np.interp(places, gone, column) for column in corners.T], axis=1)


def varied(codes: Floats, start: Floats, number: int, steps: int) -> Floats:
    """A code with one of its numbers moved through the values that codes have, shape (steps, k).

    Parameters
    ----------
    codes : ndarray, shape (n, k)
        The 2nd to the 98th percentile of their number is passed through.
    start : ndarray, shape (k,)
    number : int
        Which, from 0.
    steps : int
    """
    low, high = np.quantile(codes[:, number], [ENDS, 1 - ENDS])
    moved = np.repeat(np.asarray(start, np.float64)[None], steps, axis=0)
    moved[:, number] = np.linspace(low, high, steps)
    return moved


def border(tells: Callable[[Floats], Floats], first: Floats, last: Floats) -> Floats:
    """The code between two where what is likelier changes, shape (k,).

    Parameters
    ----------
    tells : callable
        Codes, shape (n, k), to how much likelier the last one's class is than the first one's,
        shape (n,): negative at ``first`` and not at ``last``.
    first, last : ndarray, shape (k,)
    """
    near, far = np.asarray(first, np.float64), np.asarray(last, np.float64)
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        near, far = (near, middle) if tells(middle[None])[0] >= 0 else (middle, far)
    return far
