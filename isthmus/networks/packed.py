"""Linear layers laid out for oneDNN, for many items that need no gradient."""

from __future__ import annotations

import copy
import platform
from itertools import chain, pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

__all__ = ["packed"]

AnyModule = TypeVar("AnyModule", bound=nn.Module)


def packed(module: AnyModule) -> AnyModule:
    """A copy that answers sooner, with the same tensors; the module itself where none can be had.

    PyTorch multiplies float32 matrices by MKL, which is slower than oneDNN on some processors, most
    of all where a layer has few outputs.
    """
    if not (torch.backends.mkldnn.is_available() and platform.machine() in ("x86_64", "AMD64")):
        return module
    tensors = {id(tensor): tensor for tensor in chain(module.parameters(), module.buffers())}
    twin = copy.deepcopy(module, tensors)
    for parent in list(twin.modules()):
        children = list(parent.named_children())
        for (name, child), (after, follower) in pairwise([*children, ("", None)]):
            if type(child) is not nn.Linear or child.weight.dtype != torch.float32:
                continue
            joined = isinstance(parent, nn.Sequential) and _is_gelu(follower)
            setattr(parent, name, _PackedLinear(child, gelu=joined))
            if joined:
                setattr(parent, after, nn.Identity())
    return twin


def _is_gelu(module: nn.Module | None) -> bool:
    return isinstance(module, nn.GELU) and module.approximate == "none"


class _PackedLinear(nn.Module):
    """What a linear layer answers, and a GELU behind it; with gradients it is that layer."""

    def __init__(self, layer: nn.Linear, *, gelu: bool):
        super().__init__()
        self.plain = nn.Sequential(layer, nn.GELU()) if gelu else layer
        self.weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach())
        self.bias = layer.bias
        self.behind: tuple[str, list[float], str] = (
            ("gelu", [], "none") if gelu else ("none", [], "")
        )

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled():
            return self.plain(x)
        return torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, *self.behind)
