"""Ratings as products of factors of users and items, averaged over what the factors may be.

A rating is ``mean + a_u + b_i + f_u . g_i`` and normal noise. Factors and biases are normally
distributed round linear functions of what is known of a user or an item; all is drawn in turn, each
given the rest (Gibbs sampling): Salakhutdinov and Mnih, "Bayesian probabilistic matrix
factorization using Markov chain Monte Carlo" (ICML 2008); with what is known, Simm et al., "Macau:
scalable Bayesian factorization with high-dimensional side information" (MLSP 2017).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats import wishart

__all__ = ["Factors", "sample_factors"]

Floats = NDArray[np.floating]

# Rounds that forget the start, rounds after them, and every how many is kept.
BURN_IN, ROUNDS, KEPT = 20, 160, 4
# Values of one batch of equations.
AT_ONCE = 2**23


@dataclass(frozen=True, eq=False)
class Factors:
    """Samples of the items' part of a model; a user's part follows from the user's ratings.

    Attributes
    ----------
    mean : float
        Of all ratings.
    items : ndarray, shape (s, n_items, 1 + k)
        Bias and factors of each item, in each of s samples.
    weights : ndarray, shape (s, n_features, 1 + k)
        From what is known of a user to where the user's bias and factors lie.
    precision : ndarray, shape (s, 1 + k, 1 + k)
        How near to that.
    noise : ndarray, shape (s,)
        One over the variance of a rating.
    """

    mean: float
    items: Floats
    weights: Floats
    precision: Floats
    noise: Floats

    def ratings(self, given: csr_matrix, known: Floats) -> Floats:
        """The expected rating of every item, shape (n_users, n_items).

        Parameters
        ----------
        given : sparse matrix, shape (n_users, n_items)
            Ratings; 0 is none.
        known : ndarray, shape (n_users, n_features)
        """
        rest, has = _centred(given, self.mean), _ones(given)
        total = np.zeros(given.shape)
        for items, weights, precision, noise in zip(
            self.items, self.weights, self.precision, self.noise, strict=True
        ):
            expected, _ = _expected(rest, has, items, known @ weights, precision, noise)
            total += expected @ _design(items).T + items[:, 0]
        return self.mean + total / len(self.items)


@dataclass
class Side:
    """Users, or items, while they are drawn.

    Attributes
    ----------
    rest, has : sparse matrix
        Ratings less their mean, and where there are any; a row is one of this side.
    known : ndarray, shape (n, n_features)
    vectors : ndarray, shape (n, 1 + k)
        Bias and factors.
    """

    rest: csr_matrix
    has: csr_matrix
    known: Floats
    vectors: Floats
    strength: float = 1.0
    weights: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    precision: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    def draw(self, other: Floats, noise: float, chance: np.random.Generator) -> None:
        """First how these vectors are distributed, then the vectors."""
        self._draw_distribution(chance)
        centre = self.known @ self.weights
        expected, factor = _expected(
            self.rest, self.has, other, centre, self.precision, noise, factors=True
        )
        drawn = chance.normal(size=expected.shape)[..., None]
        self.vectors = expected + np.linalg.solve(factor.swapaxes(1, 2), drawn)[..., 0]

    def _draw_distribution(self, chance: np.random.Generator) -> None:
        n, width = self.vectors.shape
        n_known = self.known.shape[1]
        if not self.weights.size:
            self.weights = np.zeros((n_known, width))
        left = self.vectors - self.known @ self.weights
        spread = left.T @ left + self.strength * self.weights.T @ self.weights + np.eye(width)
        freedom = width + n + n_known
        drawn = wishart.rvs(freedom, np.linalg.inv(spread), random_state=chance)
        self.precision = np.atleast_2d(drawn)
        gram = self.known.T @ self.known + self.strength * np.eye(n_known)
        likeliest = np.linalg.solve(gram, self.known.T @ self.vectors)
        across = np.linalg.cholesky(np.linalg.inv(gram))
        along = np.linalg.cholesky(np.linalg.inv(self.precision))
        self.weights = likeliest + across @ chance.normal(size=likeliest.shape) @ along.T
        size = float(np.einsum("fi,ij,fj->", self.weights, self.precision, self.weights))
        self.strength = float(chance.gamma(1 + self.weights.size / 2, 1 / (1 + size / 2)))


def sample_factors(
    given: csr_matrix, of_users: Floats, of_items: Floats, n_factors: int, seed: int
) -> Factors:
    """Draw factors that may have made some ratings.

    Parameters
    ----------
    given : sparse matrix, shape (n_users, n_items)
        Ratings; 0 is none.
    of_users, of_items : ndarray, shape (n_users, f) and (n_items, g)
        What is known of each; a constant among them is the middle of all.
    n_factors : int
    seed : int
    """
    chance = np.random.default_rng(seed)
    mean = float(given.data.mean())
    rest, has = _centred(given, mean), _ones(given)
    start = [chance.normal(0, 0.1, (n, 1 + n_factors)) for n in given.shape]
    users = Side(rest, has, of_users, start[0])
    items = Side(csr_matrix(rest.T), csr_matrix(has.T), of_items, start[1])
    at = np.repeat(np.arange(given.shape[0]), np.diff(given.indptr)), given.indices
    noise, kept = 1.0, []
    for number in range(BURN_IN + ROUNDS):
        users.draw(items.vectors, noise, chance)
        items.draw(users.vectors, noise, chance)
        wrong = rest.data - _products(users.vectors, items.vectors, *at)
        noise = float(chance.gamma(1 + wrong.size / 2, 1 / (1 + wrong @ wrong / 2)))
        if number >= BURN_IN and number % KEPT == 0:
            kept.append((items.vectors, users.weights, users.precision, np.array(noise)))
    return Factors(mean, *(np.stack(part) for part in zip(*kept, strict=True)))


def _expected(
    rest: csr_matrix,
    has: csr_matrix,
    other: Floats,
    centre: Floats,
    precision: Floats,
    noise: float,
    *,
    factors: bool = False,
) -> tuple[Floats, Floats]:
    """The vectors of one side given those of the other: their mean, (n, 1 + k), and, where asked
    for, the Cholesky factors of their precision, (n, 1 + k, 1 + k)."""
    design, width = _design(other), other.shape[1]
    squares = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    step = max(1, AT_ONCE // width**2)
    means, lower = [], []
    for start in range(0, rest.shape[0], step):
        piece = slice(start, start + step)
        matrix = precision + noise * (has[piece] @ squares).reshape(-1, width, width)
        toward = rest[piece] @ design - has[piece] @ (design * other[:, :1])
        right = centre[piece] @ precision + noise * toward
        means.append(np.linalg.solve(matrix, right[..., None])[..., 0])
        if factors:
            lower.append(np.linalg.cholesky(matrix))
    return np.concatenate(means), np.concatenate(lower) if lower else np.empty(0)


def _design(vectors: Floats) -> Floats:
    """What the other side's vectors are multiplied by: one for its bias, and the factors."""
    design = vectors.copy()
    design[:, 0] = 1.0
    return design


def _products(users: Floats, items: Floats, at_user: Floats, at_item: Floats) -> Floats:
    biases = users[at_user, 0] + items[at_item, 0]
    return biases + np.einsum("nk,nk->n", users[at_user, 1:], items[at_item, 1:])


def _centred(given: csr_matrix, mean: float) -> csr_matrix:
    rest = csr_matrix(given, dtype=np.float64, copy=True)
    rest.data -= mean
    return rest


def _ones(given: csr_matrix) -> csr_matrix:
    has = csr_matrix(given, dtype=np.float64, copy=True)
    has.data[:] = 1.0
    return has
