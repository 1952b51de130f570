"""How well each part of a picture with numbers comes back, from both parts and from the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data.parts import Parts
from isthmus.data.rows import Chunks
from isthmus.principal import PrincipalComponents

__all__ = ["part_errors"]

Floats = NDArray[np.floating]


def part_errors(
    ae: Autoencoder, parts: Parts, items: NDArray[Any], pca: PrincipalComponents
) -> dict[str, dict[str, float | None]]:
    """The errors of both parts, by name, as ``metrics.json`` holds them.

    Parameters
    ----------
    ae : Autoencoder
        Fitted to rows of such parts.
    parts : Parts
    items : ndarray, shape (n, n_pixels + p)
        Test items, NaN where something is missing, which then does not count.
    pca : PrincipalComponents
        Of the scaled training items.

    Returns
    -------
    dict
        Of each part ``mse`` and ``pca_mse``, mean squared errors per scaled value; ``lost`` and
        ``pca_lost``, the same as shares of the part's variance round the training mean; and
        ``lost_alone``, the share that is lost where only the other part is shown. None where no
        item has what is asked for.
    """
    sums = {name: _Sums() for name in parts.slices()}
    for rows in Chunks(items):
        target = ae.scaling_.apply(rows, np.float64)
        ours = _rebuilt(ae, rows)
        theirs = pca.inverse_transform(pca.transform(np.nan_to_num(target)))
        whole = ~(np.isnan(rows[:, 0]) | np.isnan(rows[:, parts.n_pixels :]).all(1))
        for name, where in parts.slices().items():
            shown = rows[whole].copy()
            shown[:, where] = np.nan
            guessed = _rebuilt(ae, shown)[:, where]
            own, of_whole = target[:, where], target[whole][:, where]
            sums[name].add(own, ours[:, where], theirs[:, where], of_whole, guessed)
    return {name: of_part.record() for name, of_part in sums.items()}


def _rebuilt(ae: Autoencoder, rows: NDArray[Any]) -> Floats:
    """Scaled items after crossing."""
    if not len(rows):
        return np.empty(rows.shape)
    return ae.scaling_.apply(ae.reconstruct(rows), np.float64)


class _Sums:
    """Of one part, sums of squares over the values that are there."""

    def __init__(self) -> None:
        self.n = 0
        self.ours = self.theirs = self.variance = self.guessed = self.of_whole = 0.0

    def add(
        self, target: Floats, ours: Floats, theirs: Floats, of_whole: Floats, guessed: Floats
    ) -> None:
        self.n += int((~np.isnan(target)).sum())
        self.variance += _squares(target)
        self.ours += _squares(ours - target)
        self.theirs += _squares(theirs - target)
        self.of_whole += _squares(of_whole)
        self.guessed += _squares(guessed - of_whole)

    def record(self) -> dict[str, float | None]:
        return {
            "mse": _ratio(self.ours, self.n),
            "pca_mse": _ratio(self.theirs, self.n),
            "lost": _ratio(self.ours, self.variance),
            "pca_lost": _ratio(self.theirs, self.variance),
            "lost_alone": _ratio(self.guessed, self.of_whole),
        }


def _squares(values: Floats) -> float:
    return float(np.nansum(np.square(values)))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
