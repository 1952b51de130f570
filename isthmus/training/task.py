"""What is trained on what: everything a fit needs beside the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.corruptions import Corruption
from isthmus.data.indices import Indices
from isthmus.data.rows import Rows
from isthmus.losses import Term
from isthmus.principal import PrincipalComponents
from isthmus.training.pace import Pace
from isthmus.training.settings import Training

__all__ = ["Task", "chance"]


@dataclass(frozen=True)
class Task:
    """The data and the aims of one fit.

    Attributes
    ----------
    rows : Rows
        All items given to ``fit``.
    kept, held_out : ndarray of int
        Which of them are trained on, which may be an `AllBut`, and which judge; ``held_out`` may be
        empty.
    corruption : Corruption
    terms : mapping of str to Term
    settings : Training
    seed : int
    pca : PrincipalComponents or None
        What the fit must not end above, fitted to the kept items.
    proves : bool
        Whether what is learnt is kept only where it is better than what the model began with, by
        more than chance explains.
    begun : float or None
        When the fit began, by `time.monotonic`, where work came before the training; None is now.
    given : Tensor, shape (n, c), or None
        What the model's head should tell of each of ``rows``, where labels are learnt.
    codes : Tensor, shape (n, n_components), or None
        What the encoder gives for each of the kept ``rows``, where it does not learn.
    """

    rows: Rows
    kept: Indices
    held_out: NDArray[np.intp]
    corruption: Corruption
    terms: Mapping[str, Term]
    settings: Training
    seed: int
    pca: PrincipalComponents | None = None
    proves: bool = False
    begun: float | None = None
    given: Tensor | None = None
    codes: Tensor | None = None

    @cached_property
    def pace(self) -> Pace:
        """How fast the fit goes."""
        return Pace(self.settings, len(self.kept), self.rows.item_shape)

    @property
    def item_shape(self) -> tuple[int, ...]:
        """Shape of what a step is given of an item."""
        return self.pace.item_shape

    @property
    def draws(self) -> int:
        """How often an item comes in an epoch."""
        return self.pace.draws

    @property
    def steps_per_epoch(self) -> int:
        return self.pace.steps_per_epoch

    @property
    def batch_size(self) -> int:
        return self.pace.batch_size

    @property
    def learning_rate(self) -> float:
        return self.pace.learning_rate


def chance(seed: int, *purpose: int) -> torch.Generator:
    """A generator for one purpose of one fit.

    Every epoch has its own, so that a resumed fit draws what an uninterrupted one would have drawn
    without a random state to carry along.
    """
    state = np.random.SeedSequence((seed, *purpose)).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
