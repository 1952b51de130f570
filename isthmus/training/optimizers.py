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

from isthmus.training.hardware import has_bfloat16

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


class Muon(Adam):
    """Matrices are moved by the nearest orthogonal matrix to their gradient's mean, others by Adam.

    Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024); the length of a
    move, that of Adam at the same rate, is by Liu et al., "Muon is scalable for LLM training"
    (2025). A convolution is a matrix of a row an output channel. It pays where a weight meets many
    places in a step, as in convolutions of large pictures: there the products of matrices with
    themselves take a tenth of a step.
    """

    def start(self, name: str, weight: Tensor) -> Tensor:
        if name == "square" and weight.ndim > 1:
            return torch.zeros((), device=weight.device)
        return super().start(name, weight)

    def update(self, weights: Tensors, gradients: Tensors, *memory: Tensors) -> None:
        whole = list(zip(weights, gradients, *memory, strict=True))
        vectors = [each for each in whole if each[0].ndim < 2]
        if vectors:
            super().update(*(list(column) for column in zip(*vectors, strict=True)))
        alike: dict[tuple[int, ...], list[tuple[Tensor, ...]]] = {}
        for each in whole:
            if each[0].ndim > 1:
                alike.setdefault(tuple(each[0].flatten(1).shape), []).append(each)
        for shape, matrices in alike.items():
            self._move(shape, matrices)

    def _move(self, shape: tuple[int, ...], matrices: list[tuple[Tensor, ...]]) -> None:
        """Matrices of one shape, in one go."""
        ahead = []
        for _, gradient, mean, *_ in matrices:
            mean.lerp_(gradient, 1 - MOMENTUM)
            ahead.append(gradient.lerp(mean, MOMENTUM).flatten(1))
        length = self.rate * RMS_OF_ADAM * max(shape) ** 0.5
        directions = orthogonal(torch.stack(ahead))
        for (weight, *_), direction in zip(matrices, directions, strict=True):
            weight.sub_(direction.view_as(weight).to(weight.dtype), alpha=length)


# Of Nesterov's kind, and the usual size of a number in Adam's moves at rate 1.
MOMENTUM = 0.95
RMS_OF_ADAM = 0.2
# Of the quintic by which singular values from 0.05 to 1 come near 1; see Jordan et al. Their five
# rounds gained nothing over three.
QUINTIC = (3.4445, -4.7750, 2.0315)
ROUNDS = 3


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices with nearly the same singular vectors and singular values near 1, (n, p, q)."""
    a, b, c = QUINTIC
    wide = matrices.shape[1] <= matrices.shape[2]
    x = matrices if wide else matrices.mT
    x = x / (x.norm(dim=(1, 2), keepdim=True) + SMALLEST_NORM)
    x = x.to(torch.bfloat16 if has_bfloat16(x.device) else torch.float32)
    for _ in range(ROUNDS):
        squares = x @ x.mT
        # a x + (b s + c s s) x, without a pass over memory for each sum.
        factor = torch.baddbmm(squares, squares, squares, beta=b, alpha=c)
        x = torch.baddbmm(x, factor, x, beta=a)
    return x if wide else x.mT


SMALLEST_NORM = 1e-30

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "adam": Adam,
    "muon": Muon,
    "rmsprop": RMSprop,
    "sgd": SGD,
}
