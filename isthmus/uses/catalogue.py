"""The table of presets as a user sees it."""

from __future__ import annotations

from typing import Any

import torch

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.networks import Start
from isthmus.presets import PRESETS, Preset
from isthmus.slot_settings import SLOTS

__all__ = ["catalogue"]


def catalogue() -> list[dict[str, Any]]:
    """Every preset: ``name``, ``summary``, ``source``, ``slots`` and ``n_parameters``.

    ``slots`` holds what the preset chooses in each slot, defaults included. ``n_parameters`` is the
    count for the items a historical network was made for, None where the data decide.
    """
    return [
        {
            "name": name,
            "summary": preset.summary,
            "source": preset.source,
            "slots": _slots(name),
            "n_parameters": _n_parameters(preset),
        }
        for name, preset in PRESETS.items()
    ]


def _slots(name: str) -> dict[str, Any]:
    settings = Autoencoder.from_preset(name).settings()
    return {slot: settings[slot] for slot in SLOTS}


def _n_parameters(preset: Preset) -> int | None:
    shape = preset.native_shape
    if shape is None:
        return None
    slots = Slots.of(Autoencoder(**preset.settings))
    k = preset.settings.get("n_components") or slots.network.natural_components(shape)
    # On the meta device nothing is allocated or drawn: the weights are only counted.
    with torch.device("meta"):
        model = slots.build(shape, k, Start(), seed=0)
    return sum(weight.numel() for weight in model.parameters())
