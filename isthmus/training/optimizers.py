"""The optimisers a fit may name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

__all__ = ["OPTIMIZERS", "RMSprop"]

Parameters = Iterable[Tensor]


class RMSprop(Optimizer):
    """RMSprop as TensorFlow and Keras have it: the epsilon stands under the root.

    ``v = 0.9 v + 0.1 g^2;  w = w - rate * g / sqrt(v + epsilon)``

    PyTorch adds its epsilon outside the root, where it is nothing. Here it matters: Keras averages
    the loss over features, so gradients of a 784-pixel picture are near ``sqrt(1e-7)`` and the
    epsilon slows small ones. Isthmus sums over features, so ``epsilon`` is Keras's 1e-7 times the
    square of their number. Tieleman and Hinton, COURSERA lecture 6.5 (2012).

    Parameters
    ----------
    params : iterable of Tensor
    lr : float
    n_features : int
        Numbers in one item.
    """

    def __init__(self, params: Parameters, lr: float, n_features: int):
        super().__init__(params, {"lr": lr, "decay": 0.9, "epsilon": 1e-7 * n_features**2})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            grads = [p.grad for p in params]
            squares = [self._square(p) for p in params]
            decay = group["decay"]
            torch._foreach_mul_(squares, decay)
            torch._foreach_addcmul_(squares, grads, grads, 1 - decay)
            roots = torch._foreach_add(squares, group["epsilon"])
            torch._foreach_sqrt_(roots)
            torch._foreach_addcdiv_(params, grads, roots, -group["lr"])

    def _square(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if "square" not in state:
            state["square"] = torch.zeros_like(parameter)
        square: Tensor = state["square"]
        return square


def _adam(params: Parameters, lr: float, n_features: int) -> Optimizer:
    # Fused: one kernel for all weights, a third of the step of a small network otherwise.
    return torch.optim.Adam(params, lr=lr, fused=True)


def _sgd(params: Parameters, lr: float, n_features: int) -> Optimizer:
    return torch.optim.SGD(params, lr=lr, momentum=0.9)


#: (parameters, learning rate, numbers in one item) -> optimiser.
OPTIMIZERS: dict[str, Callable[[Parameters, float, int], Optimizer]] = {
    "adam": _adam,
    "rmsprop": RMSprop,
    "sgd": _sgd,
}
