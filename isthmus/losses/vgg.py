"""A stack of convolutions read from a file of weights, for its feature maps.

The layers follow from the names of the weights, as torchvision and timm write those of their VGG
networks (Simonyan and Zisserman, "Very deep convolutional networks", ICLR 2015): ``features.I``
is a convolution or a batch normalisation; I + 1 is its activation, and where the next number is one
further on, a max-pool stands between. A file written by `isthmus features` is of the same form.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from isthmus.errors import BadFile, NoData

__all__ = ["FeatureMaps", "as_seen", "load_feature_maps"]

FEATURE = re.compile(r"features\.(\d+)\.weight")
# What ImageNet's networks were trained on; the colours of any network named here are of that kind.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
COLOURS = 3


class FeatureMaps(nn.Module):
    """Pictures to the feature maps before each pool and after the last convolution.

    Parameters
    ----------
    weights : dict of str to Tensor
        By the names of the file; what does not begin with ``features.`` is left out.
    """

    def __init__(self, weights: dict[str, Tensor]):
        super().__init__()
        numbers = sorted(int(m[1]) for name in weights if (m := FEATURE.fullmatch(name)))
        convolutions = [i for i in numbers if weights[f"features.{i}.weight"].ndim == 4]
        self.stages = nn.ModuleList([nn.Sequential()])
        for place, i in enumerate(convolutions):
            before = convolutions[place - 1] if place else 0
            normalised = place > 0 and before + 1 in numbers
            if place and i - before > (4 if normalised else 3) - 1:
                self.stages.append(nn.Sequential(nn.MaxPool2d(2)))
            stage = self.stages[-1]
            assert isinstance(stage, nn.Sequential)
            stage.append(_convolution(weights, i))
            if i + 1 in numbers:
                stage.append(_normalisation(weights, i + 1))
            stage.append(nn.ReLU())
        self.channels = weights[f"features.{convolutions[0]}.weight"].shape[1]
        self.requires_grad_(False)
        self.eval()

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Maps of pictures in 0..1, (n, H, W, C), one for each stage, (n, channels, h, w).

        Grey pictures are given to a network for colours three times.
        """
        x = as_seen(pictures, self.channels)
        maps: list[Tensor] = []
        for stage in self.stages:
            if min(x.shape[2:]) < 2 and maps:
                break
            x = stage(x)
            maps.append(x)
        return maps


def as_seen(pictures: Tensor, channels: int) -> Tensor:
    """Pictures in 0..1, (n, H, W, C), as such a network is shown them, (n, channels, H, W)."""
    x = pictures
    if channels == COLOURS:
        x = x.expand(-1, -1, -1, COLOURS) if x.shape[-1] == 1 else x[..., :COLOURS]
        x = (x - x.new_tensor(MEAN)) / x.new_tensor(DEVIATION)
    return x.permute(0, 3, 1, 2)


@lru_cache(maxsize=4)
def load_feature_maps(path: str) -> FeatureMaps:
    """The network of a file of weights, ``.safetensors`` or PyTorch's own (nothing in it is run).

    Raises
    ------
    NoData
        If there is no such file.
    BadFile
        If it holds no such weights.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise NoData(
            f"there is no file of weights {file}; give one of a VGG network of torchvision or "
            "timm, or make one from your own labels with isthmus features."
        )
    try:
        if file.suffix == ".safetensors":
            weights = load_file(file)
        else:
            weights = torch.load(file, map_location="cpu", weights_only=True)
    except (SafetensorError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise BadFile(f"{file} cannot be read as weights: {str(error).splitlines()[0]}") from None
    except Exception as error:  # unpickling refuses in many ways
        raise BadFile(f"{file} holds more than weights, or is damaged; nothing was run.") from error
    weights = weights if isinstance(weights, dict) else {}
    if not any(FEATURE.fullmatch(name) for name in weights):
        raise BadFile(
            f"{file} holds no weights named features.0.weight, ..., as VGG networks do; "
            f"it begins with {', '.join(list(weights)[:3])}."
        )
    return FeatureMaps({name: weight.float() for name, weight in weights.items()})


def _convolution(weights: dict[str, Tensor], i: int) -> nn.Module:
    weight = weights[f"features.{i}.weight"]
    wide, came, height, width = weight.shape
    layer = nn.Conv2d(came, wide, (height, width), padding=(height // 2, width // 2))
    _fill(layer, weights, i)
    return layer


def _normalisation(weights: dict[str, Tensor], i: int) -> nn.Module:
    layer = nn.BatchNorm2d(len(weights[f"features.{i}.weight"]))
    _fill(layer, weights, i)
    return layer


def _fill(layer: nn.Module, weights: dict[str, Tensor], i: int) -> None:
    own = layer.state_dict()
    named = {key: weights.get(f"features.{i}.{key}", value) for key, value in own.items()}
    layer.load_state_dict(named)
