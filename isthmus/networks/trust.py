"""At which code sizes a correction of PCA has shown itself to be one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

__all__ = ["Trust", "distrust"]


class Trust(nn.Module):
    """Weights of a correction, 1 or 0, by code size.

    A network can be far below PCA with ten numbers and above it with one. At a size that is not
    trusted the decoder corrects nothing, and the encoder leaves alone all numbers that such a
    size reads: there the model is PCA again. While training all sizes are trusted.

    Parameters
    ----------
    n_components : int
        Length of the whole code.
    """

    def __init__(self, n_components: int):
        super().__init__()
        self.sizes = nn.Buffer(torch.ones(n_components + 1))
        self.numbers = nn.Buffer(torch.ones(n_components))

    def of_numbers(self) -> Tensor:
        """Weights of the corrections of a code's numbers, shape (n_components,)."""
        return torch.ones_like(self.numbers) if self.training else self.numbers

    def of_sizes(self, sizes: Tensor) -> Tensor:
        """Weights of corrections for codes of these sizes, shape (n,) to (n, 1)."""
        if self.training:
            return torch.ones_like(sizes).unsqueeze(1)
        return self.sizes[sizes.long()].unsqueeze(1)


@torch.no_grad()
def distrust(model: nn.Module, bad: Iterable[int], sizes: Sequence[int]) -> None:
    """Take away a model's trust in the code sizes ``bad`` and give it to all others.

    Parameters
    ----------
    model : Module
    bad : iterable of int
        Some of ``sizes``.
    sizes : sequence of int
        The sizes that were judged, ascending. A size in between is trusted where both of its
        neighbours are.
    """
    bad = set(bad)
    gates = [module for module in model.modules() if isinstance(module, Trust)]
    for gate in gates:
        gate.sizes.fill_(1.0)
        for below, size, above in zip(
            (0, *sizes), sizes, (*sizes[1:], sizes[-1] + 1), strict=False
        ):
            if size in bad:
                gate.sizes[below + 1 : above] = 0.0
        # A number may change where no size that reads it is distrusted.
        gate.numbers.copy_(gate.sizes[1:].flip(0).cumprod(0).flip(0))
