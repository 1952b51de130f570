"""What may cross: the contract of the code slot."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from isthmus.principal import PrincipalComponents
from isthmus.slots import Slot

__all__ = ["Code", "Crossing"]


@dataclass(frozen=True)
class Crossing:
    """One batch on its way across.

    Attributes
    ----------
    code : Tensor, shape (n, n_components)
        The code itself: what ``transform`` returns.
    message : Tensor, shape (n, decoder_width)
        What the decoder is given.
    statistics : mapping of str to Tensor
        What loss terms may ask of this code.
    group : Tensor of int, shape (n,), or None
        Which items crossed alike, where not all did.
    weight : Tensor, shape (n,), or None
        How much each item's error counts, where not all count alike.
    """

    code: Tensor
    message: Tensor
    statistics: dict[str, Tensor] = field(default_factory=dict)
    group: Tensor | None = None
    weight: Tensor | None = None


class Code(Slot):
    """Maps the encoder's output to a code and the code to the decoder's input.

    A code states the widths it needs on both banks, so that any network fits any code.

    Attributes
    ----------
    ordered : bool
        Whether every prefix of the code is a code of its own.
    needs_pca : bool
        Whether `group_weights` wants the PCA of the training data.
    short : bool
        Whether there is a code at all: no where everything crosses (skip connections).
    statistics : frozenset of str
        What `Crossing.statistics` holds while training.
    """

    ordered: ClassVar[bool] = False
    needs_pca: ClassVar[bool] = False
    short: ClassVar[bool] = True
    statistics: ClassVar[frozenset[str]] = frozenset()

    @property
    def beside(self) -> int:
        """Channels that `message` puts beside what crosses, where that is a picture."""
        return 0

    def encoder_width(self, n_components: int) -> int:
        """How many numbers the encoder must give for a code of ``n_components``."""
        return n_components

    def decoder_width(self, n_components: int) -> int:
        """How many numbers the decoder is given for a code of ``n_components``."""
        return n_components

    def sizes(self, n_components: int) -> tuple[int, ...]:
        """The code sizes that a code of ``n_components`` is judged at, ascending, itself last."""
        return (n_components,)

    def size_weights(self, n_components: int) -> Tensor:
        """The share of the items that cross at each of `sizes` while training, sum 1."""
        return torch.ones(1)

    @abstractmethod
    def code(self, raw: Tensor) -> Tensor:
        """The code of the encoder's output, without chance, shape (n, n_components)."""

    def message(self, code: Tensor, size: int | Tensor | None = None) -> Tensor:
        """The decoder's input for codes.

        Parameters
        ----------
        code : Tensor, shape (n, n_components)
        size : int, Tensor of int of shape (n,), or None
            The prefix to use, of all or of each, where codes are ordered; None is all of it.
        """
        return code

    def cross(self, raw: Tensor, generator: torch.Generator | None) -> Crossing:
        """Cross while training, drawing chance from ``generator``."""
        code = self.code(raw)
        return Crossing(code, self.message(code))

    def group_weights(self, principal: PrincipalComponents, n_components: int) -> Tensor | None:
        """How much items of each group count, where `cross` puts items in groups; mean 1."""
        return None

    def prior(self, code_shape: tuple[int, ...], deviations: Tensor | None) -> nn.Module | None:
        """What counts the bits of codes, `Crossing` to Tensor of shape (n,), where bits count.

        Parameters
        ----------
        code_shape : tuple of int
            Of the code as the network sees it.
        deviations : Tensor or None
            Of its numbers at each place, where the network knows them.
        """
        return None

    def sample(self, n: int, n_components: int, generator: torch.Generator) -> Tensor | None:
        """Draw ``n`` codes from the prior, or None where the code has none."""
        return None
