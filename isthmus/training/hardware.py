"""What a fit runs on: the device, and the precision of its products."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from isthmus.errors import BadSetting
from isthmus.model import Model

__all__ = ["has_bfloat16", "n_operations", "pick_device", "pick_precision"]

# Casting to bfloat16 and back costs more than it saves where a step multiplies less than this:
# on a Zen 4 core 0.2e9 gained nothing, 0.8e9 a factor of 1.4, 9e9 one of 2.4.
FEWEST_OPERATIONS = 0.5e9
# A step is one pass forward and two of its size backward.
PASSES = 3
LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
# The names of the instructions; emulated, a product takes many times longer.
INSTRUCTIONS = ("avx512_bf16", "amx_bf16")


def pick_device(wanted: str) -> torch.device:
    """The device for a setting; raises `BadSetting` where CUDA is wanted and missing."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise BadSetting("device='cuda', but no CUDA device is here; choose 'cpu' or 'auto'.")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def pick_precision(
    wanted: str, device: torch.device, model: Model, item_shape: tuple[int, ...], batch_size: int
) -> str:
    """``float32`` or ``bfloat16`` for a setting.

    Parameters
    ----------
    wanted : str
        What the user named; ``auto`` takes bfloat16 where the device has it and it pays.
    device : torch.device
    model : Model
    item_shape : tuple of int
    batch_size : int
        Items a step.
    """
    if wanted != "auto":
        return wanted
    if not has_bfloat16(device):
        return "float32"
    a_step = PASSES * n_operations(model, item_shape, device) * batch_size
    return "bfloat16" if a_step >= FEWEST_OPERATIONS else "float32"


@torch.no_grad()
def n_operations(
    model: Model, item_shape: tuple[int, ...], device: torch.device | None = None
) -> float:
    """Multiplications and additions in the layers of one item's pass through the code and back.

    `torch.utils.flop_counter` counts products between layers too, and loads PyTorch's compiler for
    it: two seconds.
    """
    found = []

    def count(layer: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
        # Each weight meets every place of what comes out, or of what goes in where that is spread.
        places = given[0] if isinstance(layer, nn.ConvTranspose2d) else result
        weight = cast(Tensor, layer.weight)
        found.append(2.0 * weight.numel() * places.numel() / len(weight))

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, LAYERS)]
    try:
        model.decode(model.encode(torch.zeros(1, *item_shape, device=device)))
    finally:
        for hook in hooks:
            hook.remove()
    return sum(found)


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies bfloat16 by instructions of its own."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # A torch that cannot tell is one for which float32 is right.
    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(capabilities.get(name, False) for name in INSTRUCTIONS)
