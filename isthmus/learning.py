"""One fit: what it begins at, the training, and what is left when nothing was learnt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.building import Slots
from isthmus.data.rows import Rows, held_out_split
from isthmus.model import Model
from isthmus.networks import Start
from isthmus.start import pca_of, start_of
from isthmus.training import Outcome, Saving, Task, Watcher, train
from isthmus.waves import Waves

__all__ = ["Learnt", "learn"]


@dataclass(frozen=True)
class Learnt:
    """A trained model, what it began at, and how training went."""

    model: Model
    start: Start
    outcome: Outcome


def learn(
    slots: Slots,
    rows: Rows,
    subset: NDArray[np.intp],
    n_components: int,
    seed: int,
    begun: float,
    saving: Saving | None,
    watcher: Watcher | None,
) -> Learnt:
    """Train a model on some rows.

    Parameters
    ----------
    slots : Slots
    rows : Rows
    subset : ndarray of int
        Which rows may be used.
    n_components : int
    seed : int
    begun : float
        When the fit began, by `time.monotonic`.
    saving, watcher : or None
    """
    network = slots.network
    settings = network.suited(slots.training, rows.item_shape)
    kept, held_out = (subset[of] for of in held_out_split(len(subset), settings.validation, seed))
    # The rows that judge must be new to PCA too, or it would look better than it is.
    start = start_of(slots, rows, kept, held_out, n_components, seed)
    model = slots.build(rows.item_shape, n_components, start, seed)
    task = Task(
        rows,
        kept,
        held_out,
        slots.corruption,
        slots.loss,
        settings,
        seed,
        pca=start.principal if network.needs_pca else None,
        begun=begun,
    )
    outcome = train(model, n_components, task, saving, watcher)
    if network.needs_pca and len(held_out) and outcome.progress.is_pca:
        # Nothing was learnt beyond PCA, and PCA needs no judge: it may have all the rows.
        waves = start.waves
        if waves is not None:
            waves = Waves.blank(n_components, rows.item_shape, n_components)
        start = Start(pca_of(rows, subset, n_components, seed), waves)
        model = slots.build(rows.item_shape, n_components, start, seed).eval()
    return Learnt(model, start, outcome)
