"""Pictures as seen another time: from elsewhere, in another light, partly covered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from isthmus.corruptions.corruption import Corrupted, Corruption, require_pictures
from isthmus.corruptions.deformation import Deformation
from isthmus.settings import Interval, Range

__all__ = ["View"]

# Sides of what covers a picture, as shares of the picture's.
COVERS = (0.1, 0.4)
# Changes of place that leave a thing what it is, where letters and digits bear more.
SMALL = {
    "name": "deformation",
    "turn": 6.0,
    "stretch": 0.07,
    "lean": 0.1,
    "move": 0.03,
    "bend": 0.01,
    "mirror": 0.5,
    "zoom": 0.5,
}


class View(Corruption):
    """Another view of the same thing.

    A picture is deformed, its light changed and a rectangle of it covered, at random. The encoder
    sees the changed picture and the one before is wanted, so the code learns what stays. Crops,
    mirroring and light: Chen et al., "A simple framework for contrastive learning of visual
    representations" (ICML 2020), appendix A; covering: Zhong et al., "Random erasing data
    augmentation" (AAAI 2020).

    Parameters
    ----------
    deformation : mapping or Deformation or None, default=None
        None is small, with half of the pictures mirrored and sides cut down to .6 at most.
    contrast : float, default=0.4
        Largest logarithm of the factor of what is above the darkest value, at least 0.
    gamma : float, default=0.5
        Largest logarithm of the power of values between the darkest and the brightest, at least 0.
    cover : float, default=0.5
        Share of pictures that are covered in part, by one shade, 0..1.
    """

    name: ClassVar[str] = "view"
    ranges: ClassVar[Mapping[str, Range]] = {
        "contrast": Interval(float, 0.0),
        "gamma": Interval(float, 0.0),
        "cover": Interval(float, 0.0, 1.0),
    }

    def __init__(
        self,
        deformation: Mapping[str, Any] | Deformation | None = None,
        contrast: float = 0.4,
        gamma: float = 0.5,
        cover: float = 0.5,
    ):
        self.deformation = deformation
        self.contrast = contrast
        self.gamma = gamma
        self.cover = cover

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        require_pictures(self, clean)
        deformed = Deformation.resolve(self.deformation or SMALL)(clean, generator)
        dark = clean.amin(dim=(1, 2, 3), keepdim=True)
        bright = clean.amax(dim=(1, 2, 3), keepdim=True)
        span = (bright - dark).clamp(min=torch.finfo(clean.dtype).tiny)
        seen = self._covered(self._lit((deformed.seen - dark) / span, generator), generator)
        return replace(deformed, seen=dark + span * seen)

    def _lit(self, shade: Tensor, generator: torch.Generator | None) -> Tensor:
        """Shades, 0 the darkest and 1 the brightest of the picture before, in another light."""

        def within(largest: float) -> Tensor:
            drawn = 2 * torch.rand(len(shade), 1, 1, 1, generator=generator) - 1
            return (largest * drawn).exp().to(shade)

        power = within(self.gamma)
        return within(self.contrast) * shade.clamp(0.0, 1.0) ** power

    def _covered(self, shade: Tensor, generator: torch.Generator | None) -> Tensor:
        n, height, width, _ = shade.shape
        low, high = COVERS
        sides = low + (high - low) * torch.rand(n, 2, 1, generator=generator)
        middle = torch.rand(n, 2, 1, generator=generator)
        of_all = torch.rand(n, 1, 1, 1, generator=generator) < self.cover
        of = torch.rand(n, 1, 1, 1, generator=generator).to(shade)
        down, across = (
            ((torch.arange(side) + 0.5) / side - middle[:, axis]).abs() < sides[:, axis] / 2
            for axis, side in enumerate((height, width))
        )
        where = of_all & (down[:, :, None] & across[:, None])[..., None]
        return torch.where(where.to(shade.device), of, shade)
