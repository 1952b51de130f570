"""Maps by others, to be seen beside ours: t-SNE by openTSNE, UMAP by umap-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import MissingExtra

__all__ = ["OTHERS", "Others"]

Floats = NDArray[np.floating]
#: ``(fitted, others, n_dimensions, seed)`` to places of the fitted codes and of the others.
Others = Callable[[Floats, Floats, int, int], tuple[Floats, Floats]]

# Their own settings where there are enough items.
PERPLEXITY, NEIGHBOURS = 30.0, 15


def by_tsne(fitted: Floats, others: Floats, n_dimensions: int, seed: int) -> tuple[Floats, Floats]:
    """Policar, Strazar and Zupan, "openTSNE" (Journal of Statistical Software, 2024)."""
    try:
        from openTSNE import TSNE
    except ImportError as error:
        raise _missing("t-SNE") from error
    # Grids of three dimensions are not in it.
    forces = "auto" if n_dimensions < 3 else "bh"
    found = TSNE(
        n_dimensions,
        perplexity=min(PERPLEXITY, (len(fitted) - 1) / 3),
        negative_gradient_method=forces,
        n_jobs=-1,
        random_state=seed,
    ).fit(fitted)
    return np.asarray(found), _placed(found, others, n_dimensions)


def by_umap(fitted: Floats, others: Floats, n_dimensions: int, seed: int) -> tuple[Floats, Floats]:
    """McInnes, Healy and Melville, "UMAP" (2018)."""
    try:
        from umap import UMAP
    except ImportError as error:
        raise _missing("UMAP") from error
    # One thread: with more of them its maps differ from run to run.
    found = UMAP(
        n_neighbors=min(NEIGHBOURS, len(fitted) - 1),
        n_components=n_dimensions,
        n_jobs=1,
        random_state=seed,
    )
    places = np.asarray(found.fit_transform(fitted))
    return places, _placed(found, others, n_dimensions)


def _placed(found: Any, others: Floats, n_dimensions: int) -> Floats:
    if not len(others):
        return np.empty((0, n_dimensions))
    return np.asarray(found.transform(others))


def _missing(name: str) -> MissingExtra:
    return MissingExtra(f'{name} beside the map needs: pip install "isthmus[maps]"')


#: By the names that ``isthmus map --beside`` takes.
OTHERS: dict[str, Others] = {"tsne": by_tsne, "umap": by_umap}
