"""How far a correction of PCA has shown itself to be one, at each code size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["Trust", "give_trust"]


class Trust(nn.Module):
    """Weights of a correction, 0..1, by code size.

    A network can be far below PCA with ten numbers and above it with one. At a size that is not
    trusted, weight 0, the decoder corrects nothing, and the encoder leaves alone all numbers that
    such a size reads: there the model is PCA again. In between, a correction is made in part: what
    was learnt from few items does less harm, and mostly still good. While training all sizes have
    weight 1.

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
def give_trust(model: nn.Module, sizes: Sequence[int], weights: Sequence[float]) -> None:
    """Set a model's trust in code sizes, and so in the numbers that they read.

    Parameters
    ----------
    model : Module
    sizes : sequence of int
        The sizes that were judged, ascending.
    weights : sequence of float
        Their weights. A size in between has the smaller one of its neighbours, a number the
        smallest one of the sizes that read it.
    """
    gates = [module for module in model.modules() if isinstance(module, Trust)]
    before = (0, *sizes[:-1])
    weight_before = (weights[0], *weights[:-1])
    for gate in gates:
        for last, size, lower, weight in zip(before, sizes, weight_before, weights, strict=True):
            gate.sizes[last + 1 : size] = min(lower, weight)
            gate.sizes[size] = weight
        gate.numbers.copy_(gate.sizes[1:].flip(0).cummin(0).values.flip(0))
