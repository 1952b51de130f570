"""The prior in whole numbers: what a file is written and read by.

A file must mean the same on every machine, so nothing here is a float: sums of floats depend on
their order. Weights and what they meet are multiples of 1/4096.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from isthmus.codes import tables
from isthmus.codes.context import Group, neighbours
from isthmus.codes.prior import LARGEST_KNOWN, Prior
from isthmus.codes.steps import STEPS, log_step

__all__ = ["WholePrior"]

Whole = NDArray[np.int64]

SHIFT = 12
PART = 1 << SHIFT
# Products of two such numbers and sums of thousands of them stay far below 2^63.
LARGEST_HIDDEN = 2**28

_join = partial(np.concatenate, axis=-1)


class WholePrior:
    """A trained `Prior`, its weights rounded.

    Parameters
    ----------
    prior : Prior

    Attributes
    ----------
    groups : list of Group
        In the order in which their numbers are told.
    n_channels : int
    counts : list of ndarray of int32
        The tables of `isthmus.codes.tables`.
    """

    def __init__(self, prior: Prior):
        self.groups = prior.groups
        self.n_channels = prior.grid_shape[-1]
        self.counts = tables.split(prior.counts.cpu().numpy())
        self.deviations = prior.deviations.cpu().numpy().astype(np.int64)
        self.logs = prior.logs.cpu().numpy().astype(np.int64)
        self.networks = [_layers(network) for network in prior.networks]

    def known(self, numbers: Whole, step: int, start: int = 0, stop: int | None = None) -> Whole:
        """What contexts tell of rounded numbers of these channels, in steps or deviations."""
        units = np.maximum(self.deviations[start:stop], STEPS[step])
        largest = int(LARGEST_KNOWN) * PART
        return np.clip(numbers * (STEPS[step] * PART) // units, -largest, largest)

    def distributions(self, group: int, framed: Whole, step: int) -> tuple[Whole, Whole]:
        """Table and mean, in whole steps, of each number of a group.

        Parameters
        ----------
        group : int
        framed : ndarray, shape (n, h + 2, w + 2, channels)
            What is `known` of the numbers told before; the rest does not matter.
        step : int
            Index of `isthmus.codes.steps.STEPS`.
        """
        which = self.groups[group]
        places = which.of(framed[:, 1:-1, 1:-1]).shape[:3]
        told = np.full((*places, 1), log_step(step, PART) + 2 * PART)
        around = neighbours(framed, which.phase)
        context = [which.context(around, _join)] if which.n_known else []
        mean, log_scale = np.split(self._network(group, _join([told, *context])), 2, axis=-1)
        return self._tables(which, mean, log_scale, step)

    def _tables(
        self, group: Group, mean: Whole, log_scale: Whole, step: int
    ) -> tuple[Whole, Whole]:
        channels = slice(group.start, group.stop)
        a_step = STEPS[step] * PART
        parts = mean * self.deviations[channels] * tables.FRACTIONS
        whole, fraction = np.divmod((parts + a_step // 2) // a_step, tables.FRACTIONS)
        in_steps = log_scale + self.logs[channels] - log_step(step, PART)
        return tables.table_of(in_steps, fraction, PART), whole

    def _network(self, group: int, x: Whole) -> Whole:
        rows = torch.from_numpy(np.ascontiguousarray(x.reshape(-1, x.shape[-1])))
        *first, last = self.networks[group]
        for weight, bias in first:
            rows = ((rows @ weight + bias) >> SHIFT).clamp(0, LARGEST_HIDDEN)
        weight, bias = last
        found = ((rows @ weight + bias) >> SHIFT).clamp(-LARGEST_HIDDEN, LARGEST_HIDDEN)
        return found.numpy().reshape(*x.shape[:-1], len(bias))


def _layers(network: nn.Module) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weights (came, leaving) and biases of its linear layers, rounded."""
    return [
        (
            (layer.weight.detach().cpu().double().T * PART).round().long().contiguous(),
            (layer.bias.detach().cpu().double() * PART * PART).round().long() + PART // 2,
        )
        for layer in network.modules()
        if isinstance(layer, nn.Linear)
    ]
