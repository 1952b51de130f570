"""How fast a fit goes: what its settings leave open, chosen by its items."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from sklearn.base import clone

from isthmus.training.settings import Training

__all__ = ["Pace"]


@dataclass(frozen=True)
class Pace:
    """The steps of a fit.

    Attributes
    ----------
    settings : Training
    n_items : int
        Items that are trained on.
    shape : tuple of int
        Of one, with channels.
    """

    settings: Training
    n_items: int
    shape: tuple[int, ...]

    @property
    def item_shape(self) -> tuple[int, ...]:
        """Shape of what a step is given of an item: all of it, or a square cut out."""
        shape, patch = self.shape, self.settings.patch
        if patch is None or len(shape) != 3:
            return shape
        return (min(patch, shape[0]), min(patch, shape[1]), shape[2])

    @property
    def draws(self) -> int:
        """How often an item comes in an epoch: as many times as such squares fit in it."""
        return max(1, prod(self.shape) // prod(self.item_shape))

    @property
    def steps_per_epoch(self) -> int:
        return -(-self.n_items * self.draws // self.batch_size)

    @property
    def batch_size(self) -> int:
        return self.settings.batch_size_for(self.n_items * self.draws, prod(self.item_shape))

    @property
    def learning_rate(self) -> float:
        # A large picture is many examples in one, but they are alike: on photographs of 128x128 a
        # rate between that for as many small pictures and that for a whole batch of them won.
        of_small = self.settings.batch_size_for(self.n_items * self.draws)
        return self.settings.rate_for((self.batch_size * of_small) ** 0.5)

    def settled(self) -> Training:
        """The settings, the batch size and the rate that were left open being chosen."""
        own = {"batch_size": self.batch_size, "learning_rate": self.learning_rate}
        return clone(self.settings).set_params(**own)
