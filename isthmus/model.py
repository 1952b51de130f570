"""The trained thing: an encoder, a decoder, and the code between them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from isthmus.codes import Code, Crossing
from isthmus.corruptions import Corrupted
from isthmus.losses import Record
from isthmus.networks import Banks

__all__ = ["Model"]


class Model(nn.Module):
    """A network's two banks and the code that crosses between them.

    Attributes
    ----------
    tiling : tuple of (int, int) or None
        See `isthmus.networks.Banks`.
    prior : nn.Module or None
        What counts the bits of codes; see `isthmus.codes.Code.prior`.
    head : nn.Module or None
        What tells labels by codes, (n, n_components) -> (n, c), while they are learnt.

    ::

        seen ──► encoder ──► code.cross ──► (code, message, statistics)
                                                   │
        output ◄────────────── decoder ◄───────────┘
    """

    def __init__(
        self,
        banks: Banks,
        code: Code,
        group_weights: Tensor | None = None,
        prior: nn.Module | None = None,
    ):
        super().__init__()
        self.encoder = banks.encoder
        self.decoder = banks.decoder
        self.code = code
        self.tiling = banks.tiling
        self.prior = prior
        self.head: nn.Module | None = None
        self.group_weights = None if group_weights is None else nn.Buffer(group_weights)

    def encode(self, seen: Tensor) -> Tensor:
        """Codes without chance, shape (n, *item) -> (n, n_components)."""
        return self.code.code(self.encoder(seen))

    def decode(self, code: Tensor, size: int | Tensor | None = None) -> Tensor:
        """Items of codes, (n, n_components) -> (n, *item); ``size`` as in `Code.message`."""
        return self.decoder(self.code.message(code, size))

    def size_weights(self, n_components: int) -> Tensor:
        """How much the errors at each of the code's sizes count in training, shape (n_sizes,)."""
        weights = self.code.size_weights(n_components)
        return weights if self.group_weights is None else weights * self.group_weights

    @torch.no_grad()
    def squared_errors(self, code: Tensor, target: Tensor, sizes: Sequence[int]) -> Tensor:
        """Squared error of each item decoded from prefixes of its code, shape (n, len(sizes))."""
        of_size = [
            (self.decode(code, size) - target).double().square().flatten(1).sum(1) for size in sizes
        ]
        return torch.stack(of_size, dim=1)

    def forward(
        self, batch: Corrupted, generator: torch.Generator | None, known: Tensor | None = None
    ) -> Record:
        """Cross as in training, drawing chance from ``generator``.

        ``known`` is what the encoder gives for these items, (n, encoder_width), where that need not
        be computed.
        """
        raw = self.encoder(batch.seen) if known is None else known
        crossing = self.code.cross(raw, generator)
        bits = {} if self.prior is None else {"bits": self.prior(crossing)}
        return Record(
            seen=batch.seen,
            target=batch.target,
            weight=self._weight(batch.weight, crossing, batch.target.ndim),
            code=crossing.code,
            output=self.decoder(crossing.message),
            encode=self.encode,
            decode=self.decoder,
            statistics={**crossing.statistics, **bits},
            generator=generator,
            told=None if self.head is None else self.head(crossing.code),
        )

    def _weight(self, weight: Tensor | None, crossing: Crossing, n_axes: int) -> Tensor | None:
        """The corruption's weight of each value times those of the item and of its group."""
        of_item = crossing.weight
        if crossing.group is not None and self.group_weights is not None:
            of_item = self.group_weights[crossing.group]
        if of_item is None:
            return weight
        of_item = of_item.view(-1, *[1] * (n_axes - 1))
        return of_item if weight is None else weight * of_item
