"""The linear map that a picture network begins at: PCA's first directions, then waves."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from isthmus.principal import PrincipalComponents
from isthmus.waves import Waves, cosines

__all__ = ["WaveMap"]


class WaveMap(nn.Module):
    """Centred pictures to codes, and codes to centred pictures.

    ::

        a = P x                      the first numbers of the code
        b = waves of (x - P' a)      the others
        x ~ P' a + waves' b

    With as many of PCA's directions as numbers this is PCA. Nothing in it is trained.

    Parameters
    ----------
    item_shape : tuple of int
        ``(H, W, C)``.
    n_components : int
        Length of the code; numbers for which there is no direction stay 0.
    pca : PrincipalComponents
    waves : Waves
    """

    def __init__(
        self,
        item_shape: tuple[int, ...],
        n_components: int,
        pca: PrincipalComponents,
        waves: Waves,
    ):
        super().__init__()
        self.item_shape = item_shape
        self.n_components = n_components
        head = torch.zeros(waves.n_principal, len(pca.mean))
        found = pca.directions[: waves.n_principal]
        head[: len(found)] = torch.from_numpy(found).float()
        self.head = nn.Buffer(head)
        self.down = nn.Buffer(torch.from_numpy(cosines(item_shape[0])).float())
        self.across = nn.Buffer(torch.from_numpy(cosines(item_shape[1])).float())
        self.colours = nn.Buffer(torch.from_numpy(waves.colours.copy()).float())
        grid = (len(self.down), len(self.across), item_shape[2])
        places = np.ravel_multi_index(tuple(waves.frequencies.T), grid)
        self.grid = grid
        self.places = nn.Buffer(torch.from_numpy(np.asarray(places, dtype=np.int64)))

    def analyse(self, centred: Tensor) -> Tensor:
        """Codes of centred pictures, shape (n, H * W * C) -> (n, n_components)."""
        first = centred @ self.head.T
        rest = (centred - first @ self.head).unflatten(1, self.item_shape)
        spectrum = torch.einsum("uh,nhwc->nuwc", self.down, rest)
        spectrum = torch.einsum("vw,nuwc->nuvc", self.across, spectrum) @ self.colours.T
        code = torch.cat([first, spectrum.flatten(1)[:, self.places]], dim=1)
        return nn.functional.pad(code, (0, self.n_components - code.shape[1]))

    def synthesise(self, code: Tensor) -> Tensor:
        """Centred pictures of codes, shape (n, n_components) -> (n, H * W * C)."""
        m, n_waves = len(self.head), len(self.places)
        spectrum = code.new_zeros(len(code), int(np.prod(self.grid)))
        spectrum = spectrum.index_copy(1, self.places, code[:, m : m + n_waves])
        picture = spectrum.unflatten(1, self.grid) @ self.colours
        picture = torch.einsum("vw,nuvc->nuwc", self.across, picture)
        picture = torch.einsum("uh,nuwc->nhwc", self.down, picture)
        return picture.flatten(1) + code[:, :m] @ self.head
