"""PCA as the honest rival of a rounded code: the blocks' own numbers, rounded to the same step."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray

from isthmus.networks.block_start import BlockTransform

__all__ = ["BlockPCA"]

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class BlockPCA:
    """Block transform coding by PCA of blocks, with the face of `PrincipalComponents`.

    Attributes
    ----------
    blocks : BlockTransform
    item_shape : tuple of int
        (height, width, channels) in pixels.
    code_shape : tuple of int
        (height, width, numbers) in blocks.
    step : float
        What numbers are rounded to.
    """

    blocks: BlockTransform
    item_shape: tuple[int, ...]
    code_shape: tuple[int, ...]
    step: float

    @property
    def n_components(self) -> int:
        return prod(self.code_shape)

    @property
    def total_variance(self) -> float:
        """Sum of the variances of all values of a picture."""
        return float(self.blocks.unit) ** 2 * prod(self.item_shape)

    @torch.no_grad()
    def transform(self, X: Floats) -> Floats:
        """Rounded codes of rows, shape (n, p) -> (n, n_components)."""
        pictures = torch.from_numpy(np.ascontiguousarray(X, np.float32))
        x = self.blocks.padded(pictures.unflatten(1, self.item_shape)) - self.blocks.mean
        code = self.blocks.analyse(x)[..., : self.code_shape[2]]
        return np.asarray((torch.round(code / self.step) * self.step).flatten(1).numpy())

    @torch.no_grad()
    def inverse_transform(self, Z: Floats) -> Floats:
        """Rows of codes, shape (n, n_components) -> (n, p)."""
        code = torch.from_numpy(np.ascontiguousarray(Z, np.float32)).unflatten(1, self.code_shape)
        missing = len(self.blocks.deviations) - self.code_shape[2]
        x = self.blocks.synthesise(torch.nn.functional.pad(code, (0, missing))) + self.blocks.mean
        height, width, _ = self.item_shape
        return np.asarray(x[:, :height, :width].flatten(1).numpy())

    def squared_errors(
        self, X: Floats, sizes: tuple[int, ...], seen: Floats | None = None
    ) -> Floats:
        """As `PrincipalComponents.squared_errors`; a size is as many numbers of each block."""
        code = self.transform(X if seen is None else seen).reshape(len(X), *self.code_shape)
        errors = []
        for size in sizes:
            kept = np.arange(self.code_shape[2]) < max(1, size // prod(self.code_shape[:2]))
            rebuilt = self.inverse_transform((code * kept).reshape(len(X), -1))
            errors.append(np.square(rebuilt.astype(np.float64) - X).sum(1))
        return np.stack(errors, axis=1)
