"""Codes found by search: from the encoder's guess down each item's own error.

An encoder guesses the code of an item it has never seen, and with a slightly different code the
decoder can mostly do better; what is lost is the amortization gap (Cremer, Li and Duvenaud,
"Inference suboptimality in variational autoencoders", ICML 2018). Here it is closed without
training, by nonlinear conjugate gradients. The step along a direction d is the one that would be
exact for a linear decoder, ``-<g, d> / |J d|^2`` with g the gradient and J the decoder's Jacobian,
so there is no step size to choose; ``J d`` is measured over the length of the step before. A step
that does not lower an item's error is not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import vjp

from isthmus.corruptions import Corruption, NoCorruption
from isthmus.errors import BadSetting
from isthmus.losses import resolve_loss
from isthmus.model import Model
from isthmus.settings import Interval

__all__ = ["check_search", "encode"]

# Outputs that are held at once, in values: a search keeps every layer's of all of them.
VALUES_AT_ONCE = 2**18
TINY = 1e-30
# Of the way that the first `J d` is measured over, in gradients: a decoder of few numbers bends so
# much that codes of 2 gain half as much in three steps with 0.3, codes of 64 gain the same.
FIRST_LENGTH = 0.03


def check_search(
    steps: int, corruption: str | Mapping[str, Any] | Corruption, loss: str | Mapping[str, Any]
) -> None:
    """Raise `BadSetting` where the best code is not the one that rebuilds the item best.

    ``corruption`` and ``loss`` come as the user wrote them: without a search they are not read.
    """
    Interval(int, 0).check("", "search_steps", steps)
    if not steps:
        return
    corruption = Corruption.resolve(corruption)
    asked = f"search_steps={steps} looks for the code that rebuilds an item best"
    if not isinstance(corruption, NoCorruption):
        raise BadSetting(
            f"{asked}, and with corruption={corruption.name!r} it is not the item that is to be "
            "rebuilt; set search_steps=0."
        )
    for name, term in resolve_loss(loss).items():
        if term.about_code:
            raise BadSetting(
                f"{asked}, and the loss {name!r} asks more of a code; set search_steps=0."
            )


def encode(model: Model, x: Tensor, steps: int) -> Tensor:
    """Codes of scaled items, shape (n, n_components).

    Parameters
    ----------
    model : Model
    x : Tensor, shape (n, *item)
    steps : int
        Of the search; with 0 the code is the encoder's.

    Notes
    -----
    The sum of an item's squared errors over the code's sizes, each counted as in training, is never
    above that of the encoder's code. Where codes are ordered it is the sum that falls; the error at
    one size may rise. A step costs about four passes through the decoder for each size.
    """
    start = model.encode(x)
    if not steps:
        return start
    sizes = model.code.sizes(start.shape[1])
    at_once = max(1, VALUES_AT_ONCE // (len(sizes) * x[0].numel()))
    found = [
        _search(_Fit.of(model, target, sizes), code, steps)
        for code, target in zip(start.split(at_once), x.split(at_once), strict=True)
    ]
    return torch.cat(found)


@dataclass(frozen=True)
class _Fit:
    """Weighted outputs of a batch at all sizes, beside what they should be.

    Attributes
    ----------
    outputs : callable
        Of codes, shape (n, k) -> (n, n_sizes * n_features).
    wanted : Tensor, shape (n, n_sizes * n_features)
    """

    outputs: Callable[[Tensor], Tensor]
    wanted: Tensor

    @classmethod
    def of(cls, model: Model, target: Tensor, sizes: tuple[int, ...]) -> _Fit:
        n, n_sizes = len(target), len(sizes)
        of_size = torch.tensor(sizes, device=target.device).repeat_interleave(n)
        factors = model.size_weights(sizes[-1]).to(target).sqrt().view(n_sizes, 1, 1)

        def outputs(code: Tensor) -> Tensor:
            items = model.decode(code.repeat(n_sizes, 1), of_size).view(n_sizes, n, -1)
            return (factors * items).transpose(0, 1).flatten(1)

        wanted = factors * target.flatten(1)
        return cls(outputs, wanted.transpose(0, 1).flatten(1))

    def at(self, code: Tensor) -> _Point:
        """The outputs and the error of some codes, and where the error falls."""
        outputs, pull_back = vjp(self.outputs, code)[:2]
        residual = outputs - self.wanted
        error = residual.square().sum(1, keepdim=True) / 2
        return _Point(code, outputs, error, pull_back(residual)[0])


@dataclass(frozen=True)
class _Point:
    """Codes, and what is known there.

    Attributes
    ----------
    code : Tensor, shape (n, k)
    outputs : Tensor, shape (n, n_sizes * n_features)
    error : Tensor, shape (n, 1)
        Half the squared error of each item.
    slope : Tensor, shape (n, k)
        Its gradient.
    """

    code: Tensor
    outputs: Tensor
    error: Tensor
    slope: Tensor

    def where(self, better: Tensor, other: _Point) -> _Point:
        """This point for the items of ``better``, the other one for the rest."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return _Point(*(torch.where(better, mine, theirs) for mine, theirs in pairs))


@torch.no_grad()
def _search(fit: _Fit, code: Tensor, steps: int) -> Tensor:
    """Nonlinear conjugate gradients of Polak and Ribiere (1969), each item for itself."""
    here = fit.at(code)
    direction, length = -here.slope, torch.full_like(here.error, FIRST_LENGTH)
    longest = torch.full_like(length, torch.inf)
    for _ in range(steps):
        bend = (fit.outputs(here.code + length * direction) - here.outputs) / length
        step = -_dot(here.slope, direction) / _dot(bend, bend).clamp_min(TINY)
        step = torch.minimum(step, longest)
        there = fit.at(here.code + step * direction)
        lower = there.error < here.error
        turn = _dot(there.slope, there.slope - here.slope)
        turn = (turn / _dot(here.slope, here.slope).clamp_min(TINY)).clamp_min(0)
        onward = turn * direction - there.slope
        onward = torch.where(_dot(onward, there.slope) < 0, onward, -there.slope)
        # A refused step is tried again straight down, and shorter.
        direction = torch.where(lower, onward, -here.slope)
        length = torch.where(lower, step, step / 4).clamp_min(TINY)
        longest = torch.where(lower, torch.inf, length)
        here = there.where(lower, here)
    return here.code


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Of each row, shape (n, 1)."""
    return (a * b).sum(1, keepdim=True)
