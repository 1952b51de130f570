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
        n_values = seen.shape[-1]
        if not self.corruption.flags:
            restored = self.guess(seen.flatten(1)).view_as(seen)
        else:
            n_values = n_values // 2 if seen.ndim == 2 else n_values - 1
            values = seen[..., :n_values]
            visible = (1.0 - seen[..., n_values:]).expand_as(values)
            restored = self.guess(values.flatten(1), visible.flatten(1)).view_as(values)
        return self.corruption.agree(restored, seen)
