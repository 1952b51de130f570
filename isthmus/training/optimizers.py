"""The optimisers a fit may name.

They are not `torch.optim.Optimizer`: its constructor imports PyTorch's compiler, which takes two
seconds of a process, as long as a short fit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor
from torch.optim.adam import adam

__all__ = ["OPTIMIZERS", "Optimizer"]

Tensors = list[Tensor]


class Optimizer(ABC):
    """Moves weights against their gradients.

    Parameters
    ----------
    weights : iterable of Tensor
    rate : float
        The learning rate; may be changed before any step.
    n_features : int
        Numbers in one item.

    Attributes
    ----------
    memory : dict of str to list of Tensor
        What is remembered of each weight from step to step.
    """

    names: ClassVar[tuple[str, ...]]

    def __init__(self, weights: Iterable[Tensor], rate: float, n_features: int):
        self.weights = list(weights)
        self.rate = rate
        self.n_features = n_features
        self.memory = {name: [self.start(name, w) for w in self.weights] for name in self.names}

    def start(self, name: str, weight: Tensor) -> Tensor:
        """What is remembered of a weight before the first step."""
        return torch.zeros_like(weight, requires_grad=False)

    @torch.no_grad()
    def step(self) -> None:
        """Move the weights that have gradients, and forget those."""
        moved = [index for index, weight in enumerate(self.weights) if weight.grad is not None]
        if moved:
            weights = [self.weights[index] for index in moved]
            memory = [[tensors[index] for index in moved] for tensors in self.memory.values()]
            self.update(weights, [w.grad for w in weights if w.grad is not None], *memory)
        for weight in self.weights:
            weight.grad = None

    @abstractmethod
    def update(self, weights: Tensors, gradients: Tensors, *memory: Tensors) -> None:
        """One step of these weights, with what is remembered of them in the order of `names`."""

    def state(self) -> dict[str, Tensor]:
        """The memory as named tensors (``"0.mean"``); the settings are known from the fit."""
        return {
            f"{index}.{name}": tensor
            for name, tensors in self.memory.items()
            for index, tensor in enumerate(tensors)
        }

    def load(self, state: dict[str, Tensor]) -> None:
        """The inverse of `state`."""
        for key, tensor in self.state().items():
            # Into the place of the old one: fused Adam walks through memory, not indices, and of
            # convolutions, which lie there in another order, a file tells only the values.
            tensor.copy_(state[key])


class Adam(Optimizer):
    """Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015)."""

    names = ("mean", "square", "step")

    def start(self, name: str, weight: Tensor) -> Tensor:
        if name == "step":
            return torch.zeros((), device=weight.device)
        return super().start(name, weight)

    def update(self, weights: Tensors, gradients: Tensors, *memory: Tensors) -> None:
        means, squares, steps = memory
        # Fused: one kernel for all weights, a third of the step of a small network otherwise.
        adam(
            weights,
            gradients,
            means,
            squares,
            [],
            steps,
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self.rate,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )


class RMSprop(Optimizer):
    """RMSprop as TensorFlow and Keras have it: the epsilon stands under the root.

    ``v = 0.9 v + 0.1 g^2;  w = w - rate * g / sqrt(v + epsilon)``

    PyTorch adds its epsilon outside the root, where it is nothing. Here it matters: Keras averages
    the loss over features, so gradients of a 784-pixel picture are near ``sqrt(1e-7)`` and the
    epsilon slows small ones. Isthmus sums over features, so ``epsilon`` is Keras's 1e-7 times the
    square of their number. Tieleman and Hinton, COURSERA lecture 6.5 (2012).
    """

    names = ("square",)

    def update(self, weights: Tensors, gradients: Tensors, *memory: Tensors) -> None:
        (squares,) = memory
        torch._foreach_mul_(squares, 0.9)
        torch._foreach_addcmul_(squares, gradients, gradients, 0.1)
        roots = torch._foreach_add(squares, 1e-7 * self.n_features**2)
        torch._foreach_sqrt_(roots)
        torch._foreach_addcdiv_(weights, gradients, roots, -self.rate)


class SGD(Optimizer):
    """Steps along ``v = 0.9 v + g``: Polyak, "Some methods of speeding up the convergence of
    iteration methods" (1964)."""

    names = ("velocity",)

    def update(self, weights: Tensors, gradients: Tensors, *memory: Tensors) -> None:
        (velocities,) = memory
        torch._foreach_mul_(velocities, 0.9)
        torch._foreach_add_(velocities, gradients)
        torch._foreach_add_(weights, velocities, alpha=-self.rate)


OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "rmsprop": RMSprop, "sgd": SGD}
