"""The one record that every loss term reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

__all__ = ["Record"]


@dataclass(frozen=True)
class Record:
    """What crossed in one batch.

    Attributes
    ----------
    seen : Tensor, shape (n, *item)
        What the encoder saw, after the corruption.
    target : Tensor, shape (n, *item)
        What should come out.
    weight : Tensor, shape (n, *item) or broadcastable, or None
        How much each value of the target counts; None counts all alike.
    code : Tensor, shape (n, n_components)
        What crossed.
    statistics : mapping of str to Tensor
        What the code slot wants its loss terms to know (a mean, a log variance, ...).
    output : Tensor, shape (n, *item)
        What came out.
    encode : callable
        Maps ``seen`` to a code without sampling, for terms that need derivatives of the encoder.
    decode : callable
        Maps what a code slot gives the decoder to items, for terms that want more than one of each.
    generator : torch.Generator or None
        The step's source of chance, for terms that draw.
    told, given : Tensor, shape (n, c), or None
        What the model's head tells by the codes, and what it should tell, where labels are learnt.
    """

    seen: Tensor
    target: Tensor
    weight: Tensor | None
    code: Tensor
    output: Tensor
    encode: Callable[[Tensor], Tensor]
    decode: Callable[[Tensor], Tensor]
    statistics: Mapping[str, Tensor] = field(default_factory=dict)
    generator: torch.Generator | None = None
    told: Tensor | None = None
    given: Tensor | None = None
