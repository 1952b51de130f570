"""Networks written as data: one line a layer, so that a historical network is a table entry.

========================== ==================================================================
``dense 100 relu``         fully connected, 100 numbers; ``dense code`` takes the code's width
``conv 16 relu``           3x3 convolution, zero-padded to the same size, stride 1
``conv 16 unpadded relu``  the same without padding: two pixels shorter on each axis
``pool``                   2x2 max-pool; an odd last row or column is pooled alone
``maximum``                maximum over all positions
``up``                     each pixel doubled on both axes
``reshape 16 16 4``        numbers to (height, width, channels)
========================== ==================================================================

An activation may follow ``dense`` and ``conv``; without one they are linear. Where a dense layer
meets a picture, the picture is flattened channels last, as Keras does; so is the code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import ClassVar

import torch
from torch import Tensor, nn

from isthmus.errors import BadSetting, unknown_name
from isthmus.networks.activations import ACTIVATIONS, activation
from isthmus.networks.network import Banks, Network, Site
from isthmus.settings import Names, Range

__all__ = ["INITIAL", "Layers", "build_stack"]

Shape = tuple[int, ...]


def _lecun_normal(weight: Tensor) -> None:
    nn.init.kaiming_normal_(weight, nonlinearity="linear")


INITIAL: dict[str, Callable[[Tensor], object]] = {
    "glorot": nn.init.xavier_uniform_,
    "lecun": _lecun_normal,
}


class Flatten(nn.Module):
    """Feature maps (n, C, H, W) to numbers (n, H*W*C), channels last."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


class Reshape(nn.Module):
    """Numbers (n, H*W*C), channels last, to feature maps (n, C, H, W)."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(1, self.shape).permute(0, 3, 1, 2)


class ToPicture(nn.Module):
    """Feature maps (n, C, H, W) to pictures (n, H, W, C)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


class FromPicture(nn.Module):
    """Pictures (n, H, W, C) to feature maps (n, C, H, W)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 1, 2)


def build_stack(
    lines: Sequence[str], shape: Shape, code_width: int, initial: str
) -> tuple[list[nn.Module], Shape]:
    """The modules of some layer lines and the shape they give.

    Inside, pictures are (n, C, H, W) in memory order channels last; ``shape`` is always
    ``(height, width, channels)`` or ``(p,)``.

    Raises
    ------
    BadSetting
        If a line is not in the language, or does not fit the shape that reaches it.
    """
    modules: list[nn.Module] = []
    for line in lines:
        word, *rest = line.split() or [""]
        if word not in _BUILDERS:
            raise unknown_name("layer", word, _BUILDERS)
        try:
            made, shape = _BUILDERS[word](rest, shape, code_width, initial)
        except (ValueError, IndexError) as error:
            if isinstance(error, BadSetting):
                raise
            raise BadSetting(
                f"layer {line!r} cannot be read for items of shape {shape}: {error}."
            ) from None
        modules += made
    return modules, shape


def _positive(word: str) -> int:
    """A layer's width."""
    if not word.isdigit() or int(word) == 0:
        raise ValueError(f"{word!r} is no positive integer")
    return int(word)


def _no_more(words: list[str]) -> None:
    if words:
        raise ValueError(f"nothing is expected after it, but {' '.join(words)!r} is there")


def _map_shape(shape: Shape) -> Shape:
    """The shape, if it is that of feature maps."""
    if len(shape) != 3:
        raise ValueError("it needs pictures (height, width, channels)")
    return shape


def _ending(words: list[str]) -> list[nn.Module]:
    """The activation that may end a line."""
    _no_more(words[1:])
    if not words:
        return []
    if words[0] not in ACTIVATIONS:
        raise unknown_name("activation", words[0], ACTIVATIONS)
    return [activation(words[0])]


def _initialised(layer: nn.Conv2d | nn.Linear, initial: str) -> nn.Module:
    INITIAL[initial](layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


Made = tuple[list[nn.Module], Shape]


def _dense(words: list[str], shape: Shape, code_width: int, initial: str) -> Made:
    if not words:
        raise ValueError("its width is missing")
    width = code_width if words[0] == "code" else _positive(words[0])
    flatten: list[nn.Module] = [Flatten()] if len(shape) == 3 else []
    layer = _initialised(nn.Linear(prod(shape), width), initial)
    return [*flatten, layer, *_ending(words[1:])], (width,)


def _conv(words: list[str], shape: Shape, code_width: int, initial: str) -> Made:
    height, width, channels = _map_shape(shape)
    if not words:
        raise ValueError("its number of filters is missing")
    n_filters, rest = _positive(words[0]), words[1:]
    unpadded = rest[:1] == ["unpadded"]
    trim = 2 if unpadded else 0
    if min(height, width) <= trim:
        raise ValueError("the picture is too small for it")
    layer = nn.Conv2d(channels, n_filters, 3, padding="valid" if unpadded else "same")
    modules = [_initialised(layer, initial), *_ending(rest[1:] if unpadded else rest)]
    return modules, (height - trim, width - trim, n_filters)


def _pool(words: list[str], shape: Shape, code_width: int, initial: str) -> Made:
    _no_more(words)
    height, width, channels = _map_shape(shape)
    return [nn.MaxPool2d(2, ceil_mode=True)], (-(-height // 2), -(-width // 2), channels)


def _maximum(words: list[str], shape: Shape, code_width: int, initial: str) -> Made:
    _no_more(words)
    *_, channels = _map_shape(shape)
    return [nn.AdaptiveMaxPool2d(1), nn.Flatten()], (channels,)


def _up(words: list[str], shape: Shape, code_width: int, initial: str) -> Made:
    _no_more(words)
    height, width, channels = _map_shape(shape)
    return [nn.Upsample(scale_factor=2, mode="nearest")], (2 * height, 2 * width, channels)


def _reshape(words: list[str], shape: Shape, code_width: int, initial: str) -> Made:
    new = tuple(_positive(word) for word in words)
    if prod(new) != prod(shape) or len(new) != 3:
        raise ValueError(f"{prod(shape)} numbers cannot become {new}")
    return [Reshape(new)], new


_BUILDERS = {
    "dense": _dense,
    "conv": _conv,
    "pool": _pool,
    "maximum": _maximum,
    "up": _up,
    "reshape": _reshape,
}


class Layers(Network):
    """A network given layer by layer.

    Parameters
    ----------
    encoder, decoder : sequence of str
        Layer lines, in the language at the top of this file.
    initial : {"glorot", "lecun"}
        How weights are drawn: Glorot and Bengio (2010), uniform, Keras's default; or LeCun et al.
        (1998), normal, for SELU. Biases start at 0.
    """

    name: ClassVar[str] = "layers"
    ranges: ClassVar[Mapping[str, Range]] = {"initial": Names(tuple(INITIAL))}

    def __init__(
        self, encoder: Sequence[str] = (), decoder: Sequence[str] = (), initial: str = "glorot"
    ):
        self.encoder = encoder
        self.decoder = decoder
        self.initial = initial

    def _free(self) -> bool:
        return any(line.startswith("dense code") for line in self.encoder)

    def code_shape(self, item_shape: Shape, n_components: int) -> Shape:
        # On the meta device nothing is allocated: only shapes are followed.
        with torch.device("meta"):
            return build_stack(self.encoder, item_shape, n_components, self.initial)[1]

    def natural_components(self, item_shape: Shape) -> int:
        if self._free():
            return super().natural_components(item_shape)
        return prod(self.code_shape(item_shape, 1))

    def build(self, site: Site) -> Banks:
        encoder, code_shape = build_stack(self.encoder, site.seen, site.encoder_width, self.initial)
        if prod(code_shape) != site.encoder_width:
            raise BadSetting(
                f"these layers give a code of {prod(code_shape)} numbers, and "
                f"{site.encoder_width} are wanted; leave n_components out or set it to "
                f"{prod(code_shape)}."
            )
        start = code_shape if site.decoder_width == site.encoder_width else (site.decoder_width,)
        decoder, given = build_stack(self.decoder, start, site.decoder_width, self.initial)
        if prod(given) != site.n_features:
            raise BadSetting(
                f"these layers turn items of shape {site.item_shape} into {given}; they were made "
                "for another item shape."
            )
        return Banks(
            nn.Sequential(*_entry(site.seen, encoder), *encoder, *_flat(code_shape)),
            nn.Sequential(*_spread(start), *decoder, *_exit(site.item_shape, given)),
        )


def _entry(item_shape: Shape, modules: list[nn.Module]) -> list[nn.Module]:
    return [FromPicture()] if len(item_shape) == 3 else []


def _flat(shape: Shape) -> list[nn.Module]:
    return [Flatten()] if len(shape) == 3 else []


def _spread(shape: Shape) -> list[nn.Module]:
    return [Reshape(shape)] if len(shape) == 3 else []


def _exit(item_shape: Shape, given: Shape) -> list[nn.Module]:
    if len(given) == 3:
        return [ToPicture()]
    return [nn.Unflatten(1, item_shape)] if len(item_shape) == 3 else []
