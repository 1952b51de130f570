"""How far out training has been, and what lies beyond."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Reach"]


class Reach(nn.Module):
    """A weight for each row: 1 up to the farthest row seen in training, 0 from twice as far on.

    What a network answers beyond its training data is anyone's guess, and one such row can count as
    much as a hundred others in a squared error. PCA goes on as a straight line, so what corrects it
    should fade there. While training nothing fades; the largest distance from the origin is noted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.farthest = nn.Buffer(torch.zeros(()))

    @torch.no_grad()
    def forward(self, rows: Tensor) -> Tensor:
        """Weights of rows, shape (n, p) to (n, 1)."""
        distances = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
        if self.training:
            torch.maximum(self.farthest, distances.max(), out=self.farthest)
            return torch.ones_like(distances)
        return (2.0 - distances / self.farthest).nan_to_num(nan=1.0).clamp(0.0, 1.0)
