"""How many numbers a wanted quality takes: the smallest prefix of an ordered code."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import Rows
from isthmus.errors import BadInput, BadSetting
from isthmus.inference import pieces
from isthmus.inputs import as_items
from isthmus.principal import PrincipalComponents
from isthmus.settings import Interval

__all__ = ["Choice", "check_wish", "choose"]

# More items would make the errors hardly more certain, only the search slower.
MOST_ITEMS = 2048


@dataclass(frozen=True)
class Choice:
    """A code size and what it reaches.

    Attributes
    ----------
    n_components : int
        The smallest prefix that reaches what was asked.
    mse : float
        Its mean squared error per value, in scaled units (pixels: 0..1).
    psnr : float or None
        Its peak signal-to-noise ratio in decibels; None where the values are no pixels.
    keep : float
        The share of the variance that it keeps: 1 is everything, 0 the mean item alone.
    pca_components : int or None
        The numbers PCA takes for the same; None where PCA was not asked or does not reach it with
        the whole code size.
    """

    n_components: int
    mse: float
    psnr: float | None
    keep: float
    pca_components: int | None = None


def choose(
    ae: Autoencoder,
    X: Any,
    *,
    psnr: float | None = None,
    keep: float | None = None,
    pca: PrincipalComponents | None = None,
) -> Choice:
    """The smallest prefix of an ordered code that reaches a quality on some items.

    The search halves the range of sizes, so it takes the error to fall with every number; where it
    wavers, the answer reaches the quality all the same.

    Parameters
    ----------
    ae : Autoencoder
        Fitted, with an ordered code.
    X : array-like, shape (n, *item_shape_)
        Items that were not fitted; at most 2,048, evenly picked, are looked at.
    psnr : float or None
        Peak signal-to-noise ratio in decibels, ``-10 log10(mse)`` for pixels in 0..1.
    keep : float or None
        Share of the variance of X, in (0, 1). Give this or ``psnr``.
    pca : PrincipalComponents or None
        The rival (`Autoencoder.rival`), to be told what it takes.

    Raises
    ------
    BadSetting
        If neither or both of ``psnr`` and ``keep`` are given or out of range, the code is not
        ordered, or the whole code does not reach it.
    BadInput
        If a ``psnr`` is asked for values that are no pixels, or a ``keep`` of items that are equal.
    """
    check_wish(ae, psnr, keep)
    items = as_items(ae, X, reset=False)
    rows = Rows(items[:: -(-len(items) // MOST_ITEMS)], ae.scaling_)
    variance = _variance(rows)
    if psnr is not None:
        target, asked = 10 ** (-psnr / 10), f"{psnr:g} dB"
    else:
        assert keep is not None
        if variance <= 0:
            raise BadInput("X has equal items only: there is no variance to keep.")
        target, asked = (1 - keep) * variance, f"{100 * keep:g} % of the variance"
    errors = _Errors(ae, rows)
    n = smallest_size(errors, ae.n_components_, target)
    if n is None:
        raise BadSetting(
            f"{asked} was asked, and all {ae.n_components_} numbers reach "
            f"{_reached(errors(ae.n_components_), variance, psnr is not None)}; fit with a larger "
            "n_components (-k)."
        )
    mse = errors(n)
    return Choice(
        n,
        mse,
        _psnr(mse) if ae.scaling_.is_pixels else None,
        1 - mse / variance if variance > 0 else 1.0,
        None if pca is None else smallest_size(_PCAErrors(pca, rows), len(pca.directions), target),
    )


def smallest_size(error: Callable[[int], float], largest: int, target: float) -> int | None:
    """The smallest size whose error is at most the target, None if even the largest's is not.

    >>> smallest_size(lambda k: 1 / k, 64, 0.1)
    10
    """
    if error(largest) > target:
        return None
    low, high = 0, largest
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if error(middle) <= target else (middle, high)
    return high


class _Errors:
    """Mean squared error of an autoencoder's prefixes; the codes are computed once."""

    def __init__(self, ae: Autoencoder, rows: Rows):
        self.ae = ae
        self.rows = rows
        self.pieces = list(pieces(len(rows), ae.n_features_in_))
        with torch.no_grad():
            self.codes = [ae.encode_scaled(ae.model_, rows.batch(piece)) for piece in self.pieces]

    def __call__(self, size: int) -> float:
        total = 0.0
        for piece, code in zip(self.pieces, self.codes, strict=True):
            errors = self.ae.model_.squared_errors(code, self.rows.batch(piece), [size])
            total += float(errors.sum())
        return total / (len(self.rows) * self.ae.n_features_in_)


class _PCAErrors:
    """The same of PCA."""

    def __init__(self, pca: PrincipalComponents, rows: Rows):
        sizes = tuple(range(1, len(pca.directions) + 1))
        total = sum(pca.squared_errors(chunk, sizes).sum(0) for chunk in rows.chunks())
        self.mse = total / (len(rows) * len(pca.mean))

    def __call__(self, size: int) -> float:
        return float(self.mse[size - 1])


def _variance(rows: Rows) -> float:
    """Mean squared deviation from the mean item, per scaled value."""
    mean = sum(chunk.sum(0, dtype=np.float64) for chunk in rows.chunks()) / len(rows)
    squares = sum(float(np.square(chunk - mean).sum()) for chunk in rows.chunks())
    return squares / (len(rows) * np.size(mean))


def _psnr(mse: float) -> float:
    return -10 * math.log10(mse) if mse > 0 else math.inf


def _reached(mse: float, variance: float, psnr: bool) -> str:
    return f"{_psnr(mse):.2f} dB" if psnr else f"{100 * (1 - mse / variance):.2f} %"


def check_wish(ae: Autoencoder, psnr: float | None, keep: float | None) -> None:
    """Raise what `choose` raises for a wish that no data can fulfil."""
    if (psnr is None) == (keep is None):
        raise BadSetting("give one of psnr, in decibels, and keep, a share between 0 and 1.")
    Interval(float, 0.0, closed="neither", optional=True).check("choose", "psnr", psnr)
    Interval(float, 0.0, 1.0, closed="neither", optional=True).check("choose", "keep", keep)
    ae.require_code(items=True)
    if not ae.ordered:
        raise BadSetting(
            f"code {ae.code!r} has one size, {ae.n_components_}; only ordered codes, as the "
            "default's, can be cut."
        )
    if psnr is not None and not ae.scaling_.is_pixels:
        raise BadInput(f"psnr is for pixels, and values are in {ae.scaling_.unit}; use keep.")
