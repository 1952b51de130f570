"""An autoencoder that goes on learning as further items come, and says how far its codes moved.

::

    partial_fit(X)  first: as fit          a sample of X and its codes ──► reservoir_
    partial_fit(X)  then:  half of each step are items of X, half are of the reservoir,
                           whose codes are held where they were (`isthmus.losses.Held`)
                           drift_, aligned_ ◄── codes of the reservoir, then and now

The scaling and what the network begins at (PCA, waves, guesses) are those of the first items.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import issparse, vstack
from sklearn.utils import check_random_state
from torch import Tensor

from isthmus.building import Slots
from isthmus.codes import Quantised
from isthmus.data.indices import Indices
from isthmus.data.rows import Rows, held_out_split
from isthmus.errors import BadSetting
from isthmus.inputs import as_items
from isthmus.losses import Held, Term, total_loss
from isthmus.model import Model
from isthmus.settings import Interval
from isthmus.together import ALONE, Together
from isthmus.training import Outcome, Task, chance, train
from isthmus.traits import Traits

__all__ = ["Reservoir", "Streams", "forget"]

Floats = NDArray[np.floating]

EPOCHS = 5
# Items kept, and values of all of them: fewer of large pictures.
MOST_KEPT, MOST_VALUES = 1024, 2**24
# Codes are aligned that moved by no more than this, in units of their spread.
ALIGNED = 0.1
# What a step weighs codes by that moved as far as they differ from each other, in units of all else
# that it learns by: so a tenth of that, the limit, costs as much as everything else together.
HELD = ALIGNED**-2
# Items that a loss is measured by, and how many go through the model at once.
MEASURED, AT_ONCE = 2048, 256
# Purposes of chance; see `isthmus.training.chance`.
MEASURING, KEEPING = 7, 8


@dataclass(frozen=True)
class Reservoir:
    """A sample of all items so far, each as likely as any other, with the codes they had first.

    Attributes
    ----------
    items : ndarray or sparse matrix, shape (n, *item_shape)
    codes : ndarray, shape (n, n_components), or None
        When the items had just been learnt; None where there is no short code.
    keys : ndarray, shape (n,)
        Drawn evenly from 0..1 for each item; those with the smallest stay (Vitter, "Random sampling
        with a reservoir", 1985).
    n_seen : int
        Items so far.
    """

    items: Any
    codes: Floats | None
    keys: Floats
    n_seen: int

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, ae: Any, items: Any, seed: int) -> Self:
        """A sample of some items, with their codes by the autoencoder as it is."""
        n = items.shape[0]
        keys = np.random.default_rng((seed, KEEPING)).random(n)
        kept = np.sort(np.argsort(keys)[: _room(items)])
        chosen = items[kept] if issparse(items) else np.array(items[kept])
        return cls(chosen, ae.transform(chosen) if ae.has_code else None, keys[kept], n)

    def and_then(self, other: Reservoir) -> Reservoir:
        """The sample of the items of both."""
        keys = np.concatenate([self.keys, other.keys])
        kept = np.sort(np.argsort(keys)[: _room(self.items)])
        both = [self.items, other.items]
        items: Any = vstack(both, "csr") if issparse(self.items) else np.concatenate(both)
        codes = None
        if self.codes is not None and other.codes is not None:
            codes = np.concatenate([self.codes, other.codes])[kept]
        return Reservoir(items[kept], codes, keys[kept], self.n_seen + other.n_seen)

    @property
    def spread(self) -> float:
        """Mean squared distance of the codes from their mean; where all are alike a tiny number."""
        assert self.codes is not None
        return max(float(self.codes.astype(np.float64).var(0).sum()), 1e-12)

    def drift(self, now: Floats) -> float:
        """How far codes moved: the root of the mean squared distance, in units of the spread's."""
        assert self.codes is not None
        moved = np.square(now.astype(np.float64) - self.codes).sum(1).mean()
        return float(np.sqrt(moved / self.spread))


class Streams(Traits):
    """`partial_fit`, of `isthmus.autoencoder.Autoencoder`."""

    fit: Any
    transform: Any
    random_state: Any
    scaling_: Any
    reservoir_: Reservoir
    drift_: float | None
    aligned_: bool | None
    _record: Any

    def partial_fit(self, X: Any, y: Any = None, *, epochs: int = EPOCHS) -> Self:
        """Learn from a batch of a stream; the first one is learnt as `fit` does.

        Later batches are trained on from the present weights; scaling and start stay. Half of each
        step are earlier items, a sample of at most 1,024 (`reservoir_`), whose codes are held where
        they were when they had just been learnt. What was learnt is kept only if it makes the loss
        of held-out items of the batch smaller (``training__validation=0`` keeps it always).

        Afterwards `drift_` says how far the codes of the sample moved since then, in units of their
        spread: the root of the mean squared distance moved over that from their mean. `aligned_` is
        whether that is at most 0.1; if not, encode again what you keep codes of. After `fit` or
        `isthmus.load` there is no sample yet, and a part of the batch is it, with its codes before
        it was learnt. No sample is saved with a model.

        Parameters
        ----------
        X : array-like or sparse matrix
            As for `fit`; later batches may be of one item.
        y : ignored
        epochs : int, default=5
            Passes over a later batch, at least 1; the first has those of the setting ``training``.

        Raises
        ------
        BadInput
            If X has another shape than the first batch, or what `fit` refuses.
        BadSetting
            If codes are for files: those written before could not be read any more.
        """
        slots = Slots.of(self)
        refuse(slots)
        Interval(int, 1).check("partial_fit", "epochs", epochs)
        together = Together.here(slots.training.device)
        if not hasattr(self, "model_"):
            self.fit(X)
            self.reservoir_ = Reservoir.of(self, self._further(X), self._chance_of(0, together))
            return self._say(self.reservoir_)
        items = self._further(X)
        earlier: Reservoir | None = getattr(self, "reservoir_", None)
        seed = self._chance_of(0 if earlier is None else earlier.n_seen, together)
        held = earlier or Reservoir.of(self, items, seed)
        self.model_, outcome = learn_more(self, slots, items, held, epochs, seed, together)
        self._record(outcome)
        self._say(held)
        fresh = Reservoir.of(self, items, seed)
        self.reservoir_ = fresh if earlier is None else earlier.and_then(fresh)
        return self

    def _further(self, X: Any) -> Any:
        return as_items(self, X, reset=False, gaps=self.takes_gaps)

    def _chance_of(self, n_seen: int, together: Together) -> int:
        """The seed of the batch that comes after so many items, the same in all processes."""
        seed = together.told(lambda: check_random_state(self.random_state).randint(2**31 - 1))
        return int(np.random.SeedSequence((seed, n_seen)).generate_state(1)[0] >> 1)

    def _say(self, held: Reservoir) -> Self:
        """Set `drift_` and `aligned_` by items whose earlier codes are known."""
        self.drift_ = None if held.codes is None else held.drift(self.transform(held.items))
        self.aligned_ = None if self.drift_ is None else self.drift_ <= ALIGNED
        return self


def forget(ae: Any) -> None:
    """Drop what an autoencoder remembers of a stream, since it is fitted anew."""
    for name in ("reservoir_", "drift_", "aligned_"):
        vars(ae).pop(name, None)


def refuse(slots: Slots) -> None:
    """Raise `BadSetting` where an autoencoder must stay as it is once it was fitted."""
    if isinstance(slots.code, Quantised):
        raise BadSetting(
            f"code {slots.code.name!r} is for files, which only the model that wrote them reads: "
            "one that went on learning could not; use fit instead of partial_fit."
        )


class BatchAndEarlier(Rows):
    """The items of a batch, and earlier ones behind them."""

    def __init__(self, batch: Rows, earlier: Rows):
        super().__init__(batch.items, batch.scaling)
        self.new = batch
        self.earlier = earlier

    def __len__(self) -> int:
        return len(self.new) + len(self.earlier)

    def batch(self, indices: Indices | slice, precision: type[np.floating] = np.float32) -> Tensor:
        which = np.arange(len(self))[indices] if isinstance(indices, slice) else indices[:]
        is_new = which < len(self.new)
        found = torch.empty(len(which), *self.item_shape)
        for rows, theirs, first in ((self.new, is_new, 0), (self.earlier, ~is_new, len(self.new))):
            if theirs.any():
                found[torch.from_numpy(theirs)] = rows.batch(which[theirs] - first, precision)
        return found


def learn_more(
    ae: Any,
    slots: Slots,
    items: Any,
    held: Reservoir,
    epochs: int,
    seed: int,
    together: Together = ALONE,
) -> tuple[Model, Outcome]:
    """The model after some more items, or as it was where they taught it nothing.

    Parameters
    ----------
    ae : Autoencoder
        Fitted; stays as it is. (Not a type here: the estimator stands above its parts.)
    slots : Slots
        Its own.
    items : ndarray or sparse matrix, shape (n, *item_shape_)
    held : Reservoir
        Earlier items, with the codes to hold.
    epochs : int
    seed : int
    together : Together
        The processes that learn it, each with all of the items.
    """
    begun = time.monotonic()
    rows = BatchAndEarlier(Rows(items, ae.scaling_), Rows(held.items, ae.scaling_))
    settings = copy.copy(slots.network.suited(slots.training, rows.item_shape))
    new, held_out = held_out_split(len(rows.new), settings.validation, seed)
    settings.set_params(
        epochs=epochs, minutes=None, validation=0.0, patience=None, reduce_patience=None
    )
    # As many earlier items as new ones, at most each once.
    drawn = np.random.default_rng(seed).permutation(len(held))[: len(new)]
    often = max(1, len(new) // max(1, len(drawn)))
    kept = np.concatenate([new, np.repeat(len(rows.new) + drawn, often)])
    task = Task(rows, kept, held_out[:0], slots.corruption, slots.loss, settings, seed, begun=begun)
    task = holding(task, ae.model_, held, len(rows.new))
    model = copy.deepcopy(ae.model_)
    outcome = train(model, ae.n_components_, task, together=together)

    def better() -> bool:
        return loss_of(model, task, held_out) < loss_of(ae.model_, task, held_out)

    if len(held_out) and not together.told(better):
        outcome.progress.best_epoch = 0
        return ae.model_, outcome
    return model, outcome


def holding(task: Task, model: Model, held: Reservoir, first: int) -> Task:
    """The task with the codes of earlier items, which lie from row ``first`` on, held."""
    if held.codes is None:
        return task
    given = torch.full((len(task.rows), held.codes.shape[1]), torch.nan)
    given[first:] = torch.from_numpy(held.codes).float()
    terms: dict[str, Term] = dict(task.terms)
    # Those that are held are a share of the items that its mean is over.
    share = float((np.asarray(task.kept) >= first).mean())
    weight = HELD * abs(loss_of(model, task, task.kept))
    terms["held"] = Held(held.spread, weight / share)
    return replace(task, given=given, terms=terms)


@torch.no_grad()
def loss_of(model: Model, task: Task, which: Indices) -> float:
    """The mean loss of some items but for what holds codes, as a model in use has it."""
    terms = {name: term for name, term in task.terms.items() if not isinstance(term, Held)}
    which = which[:: max(1, len(which) // MEASURED)]
    generator, total = chance(task.seed, MEASURING), 0.0
    for start in range(0, len(which), AT_ONCE):
        some = which[start : start + AT_ONCE]
        batch = task.corruption.judged(task.rows.batch(some), generator)
        total += float(total_loss(terms, model(batch, generator))) * len(some)
    return total / len(which)


def _room(items: Any) -> int:
    """How many items like these are kept."""
    return max(1, min(MOST_KEPT, MOST_VALUES // prod(items.shape[1:])))
