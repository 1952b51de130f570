"""Judging a model on held-out items, the same way after every epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import stdtrit
from torch import Tensor

from isthmus.corruptions import Corrupted
from isthmus.data.indices import Indices
from isthmus.losses import total_loss
from isthmus.model import Model
from isthmus.networks import give_trust
from isthmus.principal import PrincipalComponents
from isthmus.together import ALONE, Together
from isthmus.training.task import Task, chance

__all__ = ["Judge", "Verdict"]

# Chance in judging comes from its own generator, the same for every epoch.
JUDGING = 0
BATCH = 512
# More items judged would cost a tenth of an epoch; an ordered code is decoded once per size.
LARGEST_JUDGED, LARGEST_JUDGED_AT_MANY_SIZES, FEWEST_JUDGED = 2048, 1024, 64
# Of large pictures fewer are judged: decoding this many values takes seconds.
MOST_VALUES = 2**23
# How likely a fit that is no better than its rival may pass for better at one size in one epoch.
# Each fit is judged many times over and in parts, so this must be small; where each size is judged
# alone, smaller still.
LUCK, LUCK_OF_ONE_SIZE = 0.0025, 0.001
# From so many items on single sizes may fall back to PCA of the items that were not held out: PCA
# of all would hardly differ there. With a few hundred it is 0.2 % better.
FEWEST_FOR_SINGLE_SIZES = 5000
# Few rows with gaps say more where each is damaged in several ways.
DRAWS_TO_PROVE = 512
# In what part corrections may be made, tried downwards. A half of what was learnt from few items is
# often better than all of it, and surely below PCA where all of it is not.
PARTS = (1.0, 0.7, 0.5, 0.3)
ROUNDING = 1e-5


@dataclass(frozen=True)
class Verdict:
    """How a model does on held-out items.

    Attributes
    ----------
    loss : float
        The total loss, in the loss's own unit.
    errors : tuple of float
        Mean squared error per scaled value, at each code size judged.
    score : float
        Smaller is better: the loss, or for a fit that starts at PCA the error in units of PCA's,
        averaged over code sizes, and for one that must prove itself (`Task.proves`) in units of the
        error it began with. With many items, sizes at which it is not below PCA's by more than
        chance explains are PCA's, and the score is infinite where that leaves none; with few items
        it is infinite where there is such a size, in whatever part corrections are made.
    """

    loss: float
    errors: tuple[float, ...]
    score: float


class Judge:
    """Measures the loss and the reconstruction error on the held-out items.

    Parameters
    ----------
    task : Task
    device : torch.device
    sizes : tuple of int
        Code sizes to judge, ascending; the last is the code's length.
    together : Together
        Those that judge a share of the items each, and come to the same verdict.
    """

    def __init__(
        self,
        task: Task,
        device: torch.device,
        sizes: tuple[int, ...],
        together: Together = ALONE,
    ):
        self.task = task
        self.device = device
        self.sizes = sizes
        self.single_sizes = len(task.kept) >= FEWEST_FOR_SINGLE_SIZES
        most = MOST_VALUES // (len(sizes) * math.prod(task.rows.item_shape))
        largest = LARGEST_JUDGED_AT_MANY_SIZES if len(sizes) > 1 else LARGEST_JUDGED
        self.most = max(min(most, largest), FEWEST_JUDGED)
        self.indices = self._some(task.held_out)
        # Of fewer items than processes each judges all.
        self.together = together if len(self.indices) >= together.count else ALONE
        self.rival: Tensor | None = None
        self.margin = torch.zeros(len(sizes))
        if task.pca is not None:
            self.rival = self._pca_errors(task.pca, self.indices)
            self.margin = self._margin(task.pca, self.rival.mean(0))

    @torch.no_grad()
    def __call__(self, model: Model, trained: bool = True) -> Verdict:
        """The verdict on a model as it stands, its corrections of PCA made in the best part.

        An untrained model has none yet, and is judged once.
        """
        model.eval()
        if self.rival is None and self.task.proves:
            give_trust(model, self.sizes, [0.0] * len(self.sizes))
            self.rival = self._measure(model)[1]
        verdict, trust = self._of_part(model, 1.0)
        # With many items corrections are right, or PCA is: trying parts of them costs too much.
        in_parts = trained and self.rival is not None
        if in_parts and (not self.single_sizes or min(trust) < 1.0):
            for part in PARTS[1:]:
                other, its_trust = self._of_part(model, part)
                if verdict.score <= other.score < math.inf:
                    break
                if other.score < verdict.score:
                    verdict, trust = other, its_trust
        give_trust(model, self.sizes, trust)
        model.train()
        return verdict

    def _of_part(self, model: Model, part: float) -> tuple[Verdict, list[float]]:
        """The verdict where corrections are made in part, none of them where they do harm."""
        trust = [part] * len(self.sizes)
        luck = LUCK_OF_ONE_SIZE if self.single_sizes else LUCK
        while True:
            give_trust(model, self.sizes, trust)
            loss, errors = self._measure(model)
            found = tuple(errors.mean(0).tolist())
            if self.rival is None:
                return Verdict(loss, found, loss), trust
            # Where nothing is corrected the model is its start, and has nothing to prove.
            margin = self.margin * torch.tensor([weight > 0 for weight in trust])
            score, above = against_rival(errors, self.rival, luck, margin)
            if not any(above):
                return Verdict(loss, found, score), trust
            # Sizes that do badly without corrections suffer from those of other sizes.
            helpless = any(bad and not weight for bad, weight in zip(above, trust, strict=True))
            trust = [0.0 if bad else weight for bad, weight in zip(above, trust, strict=True)]
            if helpless or not any(trust) or not self.single_sizes:
                return Verdict(loss, found, math.inf), trust

    def _measure(self, model: Model) -> tuple[float, Tensor]:
        """The mean loss, and the error of each item at each size, shape (n, sizes)."""
        loss, errors = 0.0, []
        times = max(1, DRAWS_TO_PROVE // len(self.indices)) if self.task.proves else 1
        for batch, generator in self._batches(self.indices, times):
            record = model(batch, generator)
            loss += float(total_loss(self.task.terms, record)) * len(batch.seen)
            errors.append(self._errors(model, batch).cpu())
        # Of an item that was damaged several times its mean counts: it is one item.
        found = torch.cat(errors).view(times, -1, len(self.sizes)).mean(0)
        (loss,) = self.together.total(np.array([loss])).tolist()
        found = torch.from_numpy(self.together.gathered(found.numpy()))
        return loss / (times * len(found)), found

    def _errors(self, model: Model, batch: Corrupted) -> Tensor:
        """Mean squared error of each item at each size over the values that count, (n, sizes)."""
        code, agree = model.encode(batch.seen), self.task.corruption.agree
        of_size = [
            batch.item_errors(agree(model.decode(code, size), batch.seen)) for size in self.sizes
        ]
        return torch.stack(of_size, dim=1)

    def _pca_errors(self, pca: PrincipalComponents, indices: NDArray[np.intp]) -> Tensor:
        """PCA's mean squared error of each of these items at each size, shape (n, sizes)."""
        errors = []
        for batch, _ in self._batches(indices):
            target, seen = (x.flatten(1).cpu().double().numpy() for x in (batch.target, batch.seen))
            weight = None if batch.weight is None else batch.weight.flatten(1).cpu().numpy()
            errors.append(pca.item_errors(target, self.sizes, seen, weight))
        return torch.from_numpy(self.together.gathered(np.concatenate(errors)))

    def _margin(self, pca: PrincipalComponents, held_out: Tensor) -> Tensor:
        """How much better PCA would be if it had the held-out items too, shape (sizes,).

        On new items PCA is above the best subspace by as much as it is below it on its own ones,
        and both fall as one over their number (Akaike, "A new look at the statistical model
        identification", 1974). So it is half the gap between the two, times the share held out.
        """
        kept = self.task.kept
        own = self._pca_errors(pca, self._some(kept)).mean(0)
        share = len(self.task.held_out) / (len(kept) + len(self.task.held_out))
        return (held_out - own).clamp(min=0) / 2 * share

    def _some(self, indices: Indices) -> NDArray[np.intp]:
        """Not many more of these than are judged at most, evenly."""
        return indices[:: max(1, len(indices) // self.most)]

    def _batches(
        self, indices: NDArray[np.intp], times: int = 1
    ) -> Iterator[tuple[Corrupted, torch.Generator]]:
        """This process's share of some items, so many times, corrupted alike in every call."""
        rank, indices = self.together.rank, np.tile(self.together.share(indices), times)
        generator = chance(self.task.seed, JUDGING, *([rank] if rank else []))
        for start in range(0, len(indices), BATCH):
            clean = self.task.rows.batch(indices[start : start + BATCH]).to(self.device)
            yield self.task.corruption.judged(clean, generator), generator


def against_rival(
    errors: Tensor, rival: Tensor, luck: float, margin: Tensor | float = 0.0
) -> tuple[float, list[bool]]:
    """Mean of the errors in units of a rival's, and the sizes at which they may be above.

    Below is what Student's t test of the differences from it, item by item, finds below zero with
    a chance of at most ``luck`` of erring. With 0.25 % that takes 3.7 standard errors on ten items,
    2.8 on a thousand.

    Parameters
    ----------
    errors, rival : Tensor, shape (n, sizes)
        Squared errors of the same items. Where the rival is already exact, a ratio means nothing:
        what counts is staying exact.
    luck : float
    margin : Tensor, shape (sizes,)
        How far below it is not yet below.
    """
    its_mean = rival.mean(0)
    # What float32 rounds away is no difference.
    smallest = ROUNDING * its_mean + ROUNDING**2 * its_mean.max() + 1e-300
    difference = errors - rival
    spare = len(errors) - 1
    if not spare:
        return math.inf, [True] * errors.shape[1]
    chance_alone = difference.std(0, correction=0) / spare**0.5
    above = difference.mean(0) + float(stdtrit(spare, 1 - luck)) * chance_alone > smallest - margin
    ratios = torch.maximum(errors.mean(0), smallest) / torch.maximum(its_mean, smallest)
    return float(ratios.mean()), above.tolist()
