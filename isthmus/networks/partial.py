"""Codes of rows that lack their picture or their numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from isthmus.part_codes import PartialComponents

__all__ = ["Partial"]


class Partial(nn.Module):
    """PCA's codes put right where a part is missing, which is seen as zeros.

    Parameters
    ----------
    principal : PartialComponents
    """

    def __init__(self, principal: PartialComponents):
        super().__init__()
        self.n_pixels = principal.n_pixels
        self.by_picture = nn.Buffer(torch.from_numpy(principal.parts.by_picture).float())
        self.by_numbers = nn.Buffer(torch.from_numpy(principal.parts.by_numbers).float())

    def forward(self, rows: Tensor, code: Tensor) -> Tensor:
        """(n, p) and (n, n_components) to (n, n_components)."""
        no_picture = (rows[:, : self.n_pixels] == 0).all(1, keepdim=True)
        no_numbers = (rows[:, self.n_pixels :] == 0).all(1, keepdim=True)
        code = torch.where(no_picture, code @ self.by_numbers.T, code)
        return torch.where(no_numbers & ~no_picture, code @ self.by_picture.T, code)
