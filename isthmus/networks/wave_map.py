"""The linear map that a picture network begins at: PCA's first directions, then waves."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from isthmus.principal import PrincipalComponents, usable_deviations
from isthmus.waves import Waves, cosines

__all__ = ["WaveMap"]


class WaveMap(nn.Module):
    """Centred pictures to a spectrum, and a spectrum to centred pictures.

    ::

        a = P x                      the first numbers
        b = waves of (x - P' a)      the others
        x ~ P' a + waves' b

    A code of k numbers is the first k of it; where these are all of PCA's directions the code is
    PCA's. Nothing in it is trained.

    Parameters
    ----------
    item_shape : tuple of int
        ``(H, W, C)``.
    pca : PrincipalComponents
    waves : Waves

    Attributes
    ----------
    n_directions : int
        Length of the spectrum.
    deviations : Tensor, shape (n_directions,)
        Standard deviation along each direction.
    """

    def __init__(self, item_shape: tuple[int, ...], pca: PrincipalComponents, waves: Waves):
        super().__init__()
        self.item_shape = item_shape
        m, found = waves.n_principal, pca.directions[: waves.n_principal]
        self.n_directions = waves.n_directions
        head = torch.zeros(m, len(pca.mean))
        head[: len(found)] = torch.from_numpy(found).float()
        self.head = nn.Buffer(head)
        self.down = nn.Buffer(torch.from_numpy(cosines(item_shape[0])).float())
        self.across = nn.Buffer(torch.from_numpy(cosines(item_shape[1])).float())
        self.colours = nn.Buffer(torch.from_numpy(waves.colours.copy()).float())
        self.grid = (len(self.down), len(self.across), item_shape[2])
        places = np.ravel_multi_index(tuple(waves.frequencies.T), self.grid)
        self.places = nn.Buffer(torch.from_numpy(np.asarray(places, dtype=np.int64)))
        variances = np.zeros(self.n_directions)
        variances[: len(found)] = pca.variances[:m]
        variances[m:] = waves.variances
        self.deviations = nn.Buffer(torch.from_numpy(usable_deviations(variances)).float())

    def analyse(self, centred: Tensor) -> Tensor:
        """Spectra of centred pictures, shape (n, H * W * C) -> (n, n_directions)."""
        first = centred @ self.head.T
        rest = (centred - first @ self.head).unflatten(1, self.item_shape)
        waves = torch.einsum("uh,nhwc->nuwc", self.down, rest)
        waves = torch.einsum("vw,nuwc->nuvc", self.across, waves) @ self.colours.T
        return torch.cat([first, waves.flatten(1)[:, self.places]], dim=1)

    def synthesise(self, spectrum: Tensor) -> Tensor:
        """Centred pictures of spectra, shape (n, n_directions) -> (n, H * W * C)."""
        m = len(self.head)
        waves = spectrum.new_zeros(spectrum.shape[0], int(np.prod(self.grid)))
        waves = waves.index_copy(1, self.places, spectrum[:, m:])
        picture = waves.unflatten(1, self.grid) @ self.colours
        picture = torch.einsum("vw,nuvc->nuwc", self.across, picture)
        picture = torch.einsum("uh,nuwc->nhwc", self.down, picture)
        return picture.flatten(1) + spectrum[:, :m] @ self.head
