"""What pictures look like to a network that knows pictures.

The squared distance between feature maps of the output and of the target, each place's vector of
features having length one, averaged over places and summed over stages: Zhang et al., "The
unreasonable effectiveness of deep features as a perceptual metric" (CVPR 2018), equation 1, with
all weights one; Johnson, Alahi and Fei-Fei, "Perceptual losses" (ECCV 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.errors import BadSetting
from isthmus.losses.record import Record
from isthmus.losses.term import Term
from isthmus.losses.vgg import load_feature_maps
from isthmus.settings import FileName, Range

__all__ = ["Perceptual"]

TINY = 1e-10


class Perceptual(Term):
    """Distance of feature maps, in the unit of a squared error of so many values.

    Parameters
    ----------
    weight : float, default=1.0
        A weight of 1 beside ``mse`` counts a distance of 1 at every place as much as a squared
        error of 1 in every value.
    features : str, default=""
        File of the network's weights: a VGG network of torchvision or timm, or one that `isthmus
        features` trained on your own labels.
    """

    name: ClassVar[str] = "perceptual"
    ranges: ClassVar[Mapping[str, Range]] = {**Term.ranges, "features": FileName()}

    def __init__(self, weight: float = 1.0, features: str = ""):
        self.weight = weight
        self.features = features

    def __call__(self, record: Record) -> Tensor:
        if record.target.ndim != 4:
            raise BadSetting(
                f"the loss 'perceptual' needs pictures; items have shape "
                f"{tuple(record.target.shape[1:])}."
            )
        network = load_feature_maps(self.features).to(record.target.device)
        with torch.no_grad():
            wanted = network(record.target)
        distances = [
            (_unit(a) - _unit(b)).square().sum(1).mean()
            for a, b in zip(network(record.output), wanted, strict=True)
        ]
        return torch.stack(distances).sum() * record.target[0].numel()

    def check(self, statistics: frozenset[str]) -> None:
        if not self.features:
            raise BadSetting(
                "the loss 'perceptual' needs a network: name its file of weights, "
                '{"perceptual": {"weight": 0.01, "features": "vgg16.pth"}}.'
            )


def _unit(maps: Tensor) -> Tensor:
    """Each place's features at length one, (n, channels, h, w)."""
    return maps * (maps.square().sum(1, keepdim=True) + TINY).rsqrt()
