"""What the encoder sees: its layers one after the other, for one item."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from isthmus.data.rows import Rows
from isthmus.networks.activations import ACTIVATIONS
from isthmus.report.codes import examples
from isthmus.report.markup import Section, escape, figure, note
from isthmus.report.pictures import diverging_picture, grid_of, image, sequential_picture
from isthmus.report.study import Study
from isthmus.report.text import count, shape_text

__all__ = ["Layer", "layer_section", "layers_of"]

CHANNELS = 16
TILE_SIDE = 48
LONGEST = 16
_POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveMaxPool2d, nn.AdaptiveAvgPool2d)
_WORKERS = (nn.Conv2d, nn.Linear, *_POOLS)
_ENDINGS = tuple(kind for kind in ACTIVATIONS.values() if kind is not nn.Identity)


@dataclass(frozen=True)
class Layer:
    """A layer's name in words and what it gave for one item, shape (C, H, W) or (p,)."""

    name: str
    output: NDArray[Any]


def layers_of(encoder: nn.Module, item: Tensor) -> list[Layer]:
    """What every layer of an encoder gives for one item, shape (1, *item).

    A layer and the activation behind it count as one.
    """
    found: list[Layer] = []
    names: dict[nn.Module, str] = {module: _path(name) for name, module in encoder.named_modules()}

    def record(module: nn.Module, inputs: Any, output: Tensor) -> None:
        values = output[0].detach().float().numpy().copy()
        if isinstance(module, _ENDINGS) and found:
            found[-1] = Layer(f"{found[-1].name}, {type(module).__name__}", values)
        elif isinstance(module, _WORKERS):
            found.append(Layer(names[module] + _words(module), values))

    hooks = [
        module.register_forward_hook(record)
        for module in names
        if isinstance(module, (*_WORKERS, *_ENDINGS))
    ]
    try:
        with torch.no_grad():
            encoder(item)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _path(name: str) -> str:
    """The named part of an encoder that a layer belongs to; places in a row say nothing."""
    parts = [part for part in name.split(".") if part and not part.isdigit()]
    return f"{' '.join(parts)}: " if parts else ""


def _words(module: nn.Module) -> str:
    if isinstance(module, nn.Conv2d):
        stride = f", stride {module.stride[0]}" if module.stride[0] > 1 else ""
        return f"convolution {shape_text(module.kernel_size)}{stride}"
    if isinstance(module, nn.Linear):
        return "dense"
    return "maximum" if "Max" in type(module).__name__ else "mean"


def layer_section(study: Study) -> Section:
    """The section: first weights that can be seen, then every layer for one item."""
    index = int(examples(study, 1)[0])
    rows = Rows(study.test.items[index : index + 1], study.ae.scaling_)
    encoder = study.ae.model_.encoder
    layers = layers_of(encoder, rows.batch(slice(None)))
    if not layers:
        return Section("layers", "Inside the encoder", note("This encoder has no layers to show."))
    item = (
        image(study.window.show(np.asarray(study.test.items[index])), study.name(index))
        if study.pictures
        else ""
    )
    lines = "".join(_line(layer) for layer in layers[:LONGEST])
    more = f" The first {LONGEST} of {len(layers)}." if len(layers) > LONGEST else ""
    text = (
        f"What each layer gives for {study.name(index)}, up to {CHANNELS} channels of each; dark "
        f"is low, light is high, on one scale per layer.{more}"
    )
    start = (
        f'<div class="layer"><p><b>the item</b>{escape(shape_text(study.test.items.shape[1:]))}</p>'
        f'<div class="tiles">{item}</div></div>'
        if item
        else ""
    )
    weights = _weights(study, encoder) if study.pictures else ""
    body = weights + figure(
        f'<div class="layers">{start}{lines}</div>', text, title="Layer by layer"
    )
    return Section("layers", "Inside the encoder", body)


def _line(layer: Layer) -> str:
    values = layer.output
    low, high = (float(v) for v in np.percentile(values, (1, 99)))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if values.ndim == 3:
        channels, height, width = values.shape
        shape = f"{count(channels)} channels of {shape_text((height, width))}"
        tiles = "".join(
            image(sequential_picture(tile, low, high), f"channel {i}", longest=TILE_SIDE)
            for i, tile in enumerate(values[:CHANNELS])
        )
        picture = f'<div class="tiles">{tiles}</div>'
    else:
        flat = values.reshape(-1)
        shape = f"{count(len(flat))} {'number' if len(flat) == 1 else 'numbers'}"
        grid = grid_of(flat)
        pixels = sequential_picture(np.nan_to_num(grid), low, high)
        size = f"{grid.shape[1]}/{grid.shape[0]}"
        drawn = image(pixels, f"{layer.name}: {shape}", kind="vector", blank=np.isnan(grid))
        picture = f'<div class="vector" style="aspect-ratio:{size}">{drawn}</div>'
    return f'<div class="layer"><p><b>{escape(layer.name)}</b>{shape}</p>{picture}</div>'


def _seeing(encoder: nn.Module, n_features: int) -> NDArray[Any] | None:
    """Weights that look at pixels directly, shape (units, n_features), or None.

    Of several the fewest, which are those nearest to the code.
    """
    found = [
        module.weight.detach().float().numpy()
        for module in encoder.modules()
        if isinstance(module, nn.Linear) and module.in_features == n_features
    ]
    return min(found, key=len, default=None)


def _weights(study: Study, encoder: nn.Module) -> str:
    """The weights of the first layer as pictures, where it sees pixels."""
    shape = study.picture_shape
    weights = _seeing(encoder, prod(shape))
    if weights is None:
        return ""
    tiles = []
    for i, row in enumerate(weights[:CHANNELS]):
        picture = row.reshape(shape)
        grey = picture.mean(axis=2) if picture.ndim == 3 else picture
        limit = float(np.percentile(np.abs(grey), 99.5)) or 1.0
        tiles.append(image(diverging_picture(grey, limit), f"weights of number {i}"))
    all_of = (
        f"{len(tiles)}" if len(tiles) == len(weights) else f"first {len(tiles)} of {len(weights)}"
    )
    text = (
        f"What the {all_of} numbers of the layer look for: their weights at each pixel, vermillion "
        "for and blue against, each picture on its own scale."
    )
    grid = f'<div class="tiles weights">{"".join(tiles)}</div>'
    return figure(grid, text, title="Weights that see the pixels")
