"""One fit: what it begins at, the training, and what is left when nothing was learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from isthmus.arranging import arranged
from isthmus.building import Slots
from isthmus.codes import Counting, Prior, Quantised, rounded
from isthmus.data.indices import Indices, without
from isthmus.data.rows import Rows, held_out
from isthmus.model import Model
from isthmus.networks import Neighbours, Start
from isthmus.start import pca_of, start_of
from isthmus.together import ALONE, Together
from isthmus.training import Outcome, Saving, Task, Watcher, train
from isthmus.waves import Waves

__all__ = ["Learnt", "learn"]

# Items whose codes are counted, and how many share a step.
COUNTED, AT_ONCE = 1024, 16


@dataclass(frozen=True)
class Learnt:
    """A trained model, what it began at, and how training went."""

    model: Model
    start: Start
    outcome: Outcome


def learn(
    slots: Slots,
    rows: Rows,
    subset: Indices,
    n_components: int,
    seed: int,
    begun: float,
    saving: Saving | None,
    watcher: Watcher | None,
    together: Together = ALONE,
) -> Learnt:
    """Train a model on some rows.

    Parameters
    ----------
    slots : Slots
    rows : Rows
    subset : ndarray of int or AllBut
        Which rows may be used.
    n_components : int
    seed : int
    begun : float
        When the fit began, by `time.monotonic`.
    saving, watcher : or None
    together : Together
        The processes that learn it, each with all of the rows.
    """
    network = slots.network
    settings = network.suited(slots.training, rows.item_shape)
    places = held_out(len(subset), settings.validation, seed)
    held, kept = subset[places], without(subset, places)
    # The rows that judge must be new to PCA too, or it would look better than it is.
    start = start_of(slots, rows, kept, held, n_components, seed, together)
    codes = None
    if isinstance(network, Neighbours):
        found = arranged(network, rows, kept, n_components, seed)
        start, kept = replace(start, arrangement=found.start), found.which
        codes = torch.zeros(len(rows), n_components)
        codes[torch.from_numpy(found.which)] = found.codes
    model = slots.build(rows.item_shape, n_components, start, seed)
    task = Task(
        rows,
        kept,
        held,
        slots.corruption,
        slots.loss,
        settings,
        seed,
        pca=start.principal if network.needs_pca else None,
        proves=network.needs_gaussian,
        begun=begun,
        codes=codes,
    )
    outcome = train(model, n_components, task, saving, watcher, together)
    if isinstance(slots.code, Quantised) and isinstance(model.prior, Prior):
        learn_tables(model, model.prior, slots.code, rows, kept, seed)
    at_start = (network.needs_pca or network.needs_gaussian) and outcome.progress.is_at_start
    if at_start and len(held):
        # Nothing was learnt beyond the start, which needs no judge: it may have all the rows.
        start = start_of_all(start, slots, rows, subset, n_components, seed, together)
        model = slots.build(rows.item_shape, n_components, start, seed).eval()
    return Learnt(model, start, outcome)


def start_of_all(
    start: Start,
    slots: Slots,
    rows: Rows,
    subset: Indices,
    n_components: int,
    seed: int,
    together: Together,
) -> Start:
    """What a fit that learnt nothing began at, computed anew from all of its rows."""
    if start.waves is None:
        return start_of(slots, rows, subset, subset[:0], n_components, seed, together)
    waves = Waves.blank(n_components, rows.item_shape, n_components)
    return Start(pca_of(rows, subset, n_components, seed, together=together), waves)


@torch.no_grad()
def learn_tables(
    model: Model,
    prior: Prior,
    code: Quantised,
    rows: Rows,
    kept: Indices,
    seed: int,
) -> None:
    """Fit the tables that codes are written by to the codes of some items, at all qualities."""
    counting = Counting(prior)
    drawn = np.random.default_rng(seed)
    for indices in np.array_split(kept[:: max(1, len(kept) // COUNTED)], COUNTED // AT_ONCE):
        if not len(indices):
            continue
        raw = model.encoder(rows.batch(indices)).view(-1, *prior.grid_shape).numpy()
        step = int(drawn.integers(*code.drawn))
        counting.add(rounded(raw, step), step)
    prior.counts.copy_(torch.from_numpy(counting.tables()))
