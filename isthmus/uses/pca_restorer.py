"""PCA as the honest rival where something is to be restored: the best linear guess it can make."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from isthmus.corruptions import Corruption
from isthmus.guess import Guess
from isthmus.principal import PrincipalComponents

__all__ = ["PCARestorer"]


@dataclass(frozen=True)
class PCARestorer:
    """Guesses whole items from damaged ones.

    Attributes
    ----------
    pca : PrincipalComponents
        Of clean scaled items.
    corruption : Corruption
    guess : Guess
    """

    pca: PrincipalComponents
    corruption: Corruption
    guess: Guess

    def restore(self, seen: Tensor) -> Tensor:
        """Guesses of items from what is seen of them, (n, *seen) to (n, *item)."""
        return self.corruption.agree(self.guess.of_seen(seen), seen)
