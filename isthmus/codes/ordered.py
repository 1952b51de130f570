"""Codes of which every prefix is a code."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from isthmus.codes.code import Code, Crossing
from isthmus.principal import PrincipalComponents

__all__ = ["Ordered", "code_sizes"]

# Roughly a factor of 1.5 apart: near enough that any size in between is served by its neighbours.
SIZES = (1, 2, 3, 5, 8, 10, 16, 20, 32, 49, 64, 96, 128, 192, 256, 384, 512, 768, 1024)

# Where PCA leaves less than this share of the variance, its error is no measure any more.
SMALLEST_ERROR = 1e-3

# The last numbers are read by the whole code alone, and it is what was asked for: drawn twice as
# often it is a tenth better, and the others, on average, 1 to 2 % worse.
WHOLE = 2.0

# Share of the draws that fall between two sizes of the list. With none, codes of 12 to 15 came out
# worse than one of 10 on held-out digits; with all, the whole code lost several percent.
BETWEEN_SHARE = 0.25


def code_sizes(n_components: int) -> tuple[int, ...]:
    """The code sizes that are trained and reported for a code of ``n_components``.

    >>> code_sizes(12)
    (1, 2, 3, 5, 8, 10, 12)
    """
    sizes = [size for size in SIZES if size < n_components]
    while sizes and sizes[-1] >= SIZES[-1] and 2 * sizes[-1] < n_components:
        sizes.append(2 * sizes[-1])
    return (*sizes, n_components)


def draw_weights(n_components: int) -> Tensor:
    """How often each of `code_sizes` is drawn while training, up to a factor.

    Most often the whole code and the sizes in the middle, where there is most to gain over PCA: the
    shortest codes cannot hold more, and the longest leave PCA little error. Chosen on held-out
    digits.
    """
    sizes = torch.tensor(code_sizes(n_components)) / n_components
    weights = (sizes * (1.2 - sizes)) ** (2 / 3)
    weights[-1] *= WHOLE
    return weights


class Ordered(Code):
    """Numbers in order of importance: ``Z[:, :k]`` is the code of size k, for every k.

    While training, each item of a batch keeps a prefix drawn from `code_sizes` by `draw_weights`
    and loses the rest.
    Rippel, Gelbart and Adams, "Learning ordered representations with nested dropout" (ICML 2014);
    unlike there, sizes come from a short list (a quarter of them moved down towards the next
    smaller one, so that the decoder meets every size), errors are counted in units of PCA's at the
    same size, and the decoder is told which size it is given, by a 0/1 mask beside the code.
    """

    name: ClassVar[str] = "ordered"
    ordered: ClassVar[bool] = True
    needs_pca: ClassVar[bool] = True

    def sizes(self, n_components: int) -> tuple[int, ...]:
        return code_sizes(n_components)

    def size_weights(self, n_components: int) -> Tensor:
        weights = draw_weights(n_components)
        return weights / weights.sum()

    def decoder_width(self, n_components: int) -> int:
        return 2 * n_components

    def code(self, raw: Tensor) -> Tensor:
        return raw

    def message(self, code: Tensor, size: int | Tensor | None = None) -> Tensor:
        if not isinstance(size, Tensor):
            size = torch.full((code.shape[0],), code.shape[1] if size is None else size)
        return _masked(code, size.unsqueeze(1).to(code.device))

    def group_weights(self, principal: PrincipalComponents, n_components: int) -> Tensor:
        """One over PCA's error at each size: a short code, always far off, counts no more."""
        kept = np.cumsum(np.pad(principal.variances, (0, n_components))[:n_components])
        sizes = np.asarray(code_sizes(n_components))
        errors = 1.0 - kept[sizes - 1] / max(principal.total_variance, 1e-300)
        weights = 1.0 / np.maximum(errors, SMALLEST_ERROR)
        return torch.from_numpy(weights / weights.mean()).float()

    def cross(self, raw: Tensor, generator: torch.Generator | None) -> Crossing:
        choices = torch.tensor(code_sizes(raw.shape[1]))
        group = torch.multinomial(
            draw_weights(raw.shape[1]), len(raw), replacement=True, generator=generator
        )
        sizes = choices[group] - self._down(choices, group, generator)
        mask = sizes.unsqueeze(1).to(raw.device)
        return Crossing(raw, _masked(raw, mask), group=group.to(raw.device))

    def _down(self, choices: Tensor, group: Tensor, generator: torch.Generator | None) -> Tensor:
        """How far below its size of the list each item is cut: mostly not at all."""
        gaps = torch.diff(choices, prepend=choices.new_zeros(1))[group]
        draws = torch.rand(len(group), generator=generator) / BETWEEN_SHARE
        return torch.where(draws < 1, draws * gaps, torch.zeros_like(draws)).long()


def _masked(code: Tensor, sizes: Tensor) -> Tensor:
    """Code and mask side by side, shape (n, 2 * n_components)."""
    mask = (torch.arange(code.shape[1], device=code.device) < sizes).to(code.dtype)
    return torch.cat([code * mask, mask], dim=1)
