"""What a prefix of a code leaves out, guessed before decoding."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from isthmus.networks.dense import perceptron

__all__ = ["Completion", "silence_last_layer"]

# Prefixes from one power of this to the next share a head: on held-out digits one head for all is
# 1 to 2 % worse at 8 to 20 numbers, one for each size no better.
BAND = 4


class Completion(nn.Module):
    """``z + h(z, mask)``, where h is the head for the prefix's length.

    A decoder that is given prefixes of every length must do two things: guess the numbers that are
    missing, which differs from length to length, and decode, which does not. Here the first is done
    by small networks in code space, one for each band of lengths [1, 4), [4, 16), ..., so that the
    decoder behind them always sees whole codes.

    Parameters
    ----------
    n_components : int
        Length of the whole code.
    n_whole : int
        Numbers to give back; those beyond the code's are guessed for every prefix.
    hidden : tuple of int
        Widths of each head's hidden layers.
    activation : str
    """

    def __init__(self, n_components: int, n_whole: int, hidden: tuple[int, ...], activation: str):
        super().__init__()
        self.n_components = n_components
        self.n_whole = n_whole
        self.starts = [1]
        while self.starts[-1] * BAND <= n_components:
            self.starts.append(self.starts[-1] * BAND)
        widths = (2 * n_components, *hidden, n_whole)
        self.heads = nn.ModuleList(perceptron(widths, activation) for _ in self.starts)
        for head in self.heads:
            silence_last_layer(head)

    def forward(self, code: Tensor, mask: Tensor) -> Tensor:
        """Whole codes of prefixes, (n, n_components) each, to (n, n_whole)."""
        sizes = mask.sum(1)
        given = torch.cat([code, mask], dim=1)
        ends = [*self.starts[1:], self.n_components + 1]
        guesses = code.new_zeros(len(code), self.n_whole)
        for head, start, end in zip(self.heads, self.starts, ends, strict=True):
            (which,) = torch.where((sizes >= start) & (sizes < end))
            if len(which):
                guess = head(given[which]).to(guesses.dtype)  # bfloat16 where products are
                guesses = guesses.index_add(0, which, guess)
        return nn.functional.pad(code, (0, self.n_whole - self.n_components)) + guesses


def silence_last_layer(module: nn.Module) -> None:
    """Set the last weights to zero, so that the module gives zeros until it is trained."""
    layers = [m for m in module.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    last = layers[-1]
    nn.init.zeros_(last.weight)
    if last.bias is not None:
        nn.init.zeros_(last.bias)
