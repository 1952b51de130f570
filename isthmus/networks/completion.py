"""What a prefix of a code leaves out, guessed before decoding."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from isthmus.networks.dense import perceptron

__all__ = ["Completion", "silence_last_layer"]


class Completion(nn.Module):
    """``z + h(z, mask)``, where h sees how long the prefix is.

    A decoder that is given prefixes of every length must do two things: guess the numbers that are
    missing, which differs from length to length, and decode, which does not. Here the first is done
    by a small network in code space, so that the decoder behind it always sees whole codes.

    Parameters
    ----------
    n_components : int
        Length of the whole code.
    n_whole : int
        Numbers to give back; those beyond the code's are guessed for every prefix.
    hidden : tuple of int
        Widths of h's hidden layers.
    activation : str
    """

    def __init__(self, n_components: int, n_whole: int, hidden: tuple[int, ...], activation: str):
        super().__init__()
        self.beyond = n_whole - n_components
        # A network for each band of lengths is no better, and a step takes a quarter longer.
        self.guess = perceptron((2 * n_components, *hidden, n_whole), activation)
        silence_last_layer(self.guess)

    def forward(self, code: Tensor, mask: Tensor) -> Tensor:
        """Whole codes of prefixes, (n, n_components) each, to (n, n_whole)."""
        guesses = self.guess(torch.cat([code, mask], dim=1)).to(code.dtype)
        return nn.functional.pad(code, (0, self.beyond)) + guesses


def silence_last_layer(module: nn.Module) -> None:
    """Set the last weights to zero, so that the module gives zeros until it is trained.

    A module that ends in several others says so by its ``ends``.
    """
    for end in getattr(module, "ends", (module,)):
        last = [m for m in end.modules() if isinstance(m, nn.Linear | nn.Conv2d)][-1]
        nn.init.zeros_(last.weight)
        if last.bias is not None:
            nn.init.zeros_(last.bias)
