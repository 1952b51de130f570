"""How likely each number of a code is, given those told before it: what bits are counted by."""

from __future__ import annotations

from functools import partial
from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional

from isthmus.codes.code import Crossing
from isthmus.codes.context import PHASES, groups, neighbours
from isthmus.codes.steps import ONE
from isthmus.codes.tables import first_counts

__all__ = ["FINEST_SCALE", "LARGEST_KNOWN", "WIDEST_SCALE", "Prior"]

HIDDEN = 64
# Logarithms to base 2 of scales in steps, beyond which a distribution is all in one number or as
# good as even.
FINEST_SCALE, WIDEST_SCALE = -5.0, 5.0
# What is known of a number's neighbours is cut off here, in their deviations or steps.
LARGEST_KNOWN = 127.0

_join = partial(torch.cat, dim=-1)


class Prior(nn.Module):
    """A logistic distribution of each number, its mean and scale given by those told before.

    One small network for each group of numbers; see `isthmus.codes.context`. Before training each
    number has mean zero and its own deviation.

    Parameters
    ----------
    code_shape : tuple of int
        ``(h, w, channels)``, or ``(k,)``: one place. Grids of other sizes will do.
    deviations : Tensor or None, shape (channels,)
        Of the numbers at each place; None is one.
    """

    def __init__(self, code_shape: tuple[int, ...], deviations: Tensor | None):
        super().__init__()
        self.grid_shape = code_shape if len(code_shape) == 3 else (1, 1, code_shape[-1])
        n_channels = self.grid_shape[-1]
        deviations = torch.ones(n_channels) if deviations is None else deviations
        # Whole numbers, since files must mean the same on all machines.
        self.deviations = nn.Buffer((deviations * ONE).round().clamp(min=1).int())
        self.logs = nn.Buffer((deviations.log2() * ONE).round().int())
        self.counts = nn.Buffer(torch.from_numpy(first_counts()))
        self.groups = groups(n_channels)
        self.networks = nn.ModuleList(
            _network(group.n_known, group.stop - group.start) for group in self.groups
        )

    def forward(self, crossing: Crossing) -> Tensor:
        """Bits of the codes of a batch, shape (n,)."""
        step = crossing.statistics["step"]
        code, noisy = (
            x.view(-1, *self.grid_shape) for x in (crossing.code, crossing.statistics["noisy"])
        )
        with torch.autocast(code.device.type, enabled=False):
            mean, log_scale = self.distributions(code.float(), step.float())
            return bits_of(noisy, mean, log_scale, step.float()).flatten(1).sum(1)

    def distributions(self, code: Tensor, step: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and binary logarithm of the scale of each number, the shape of ``code``.

        Parameters
        ----------
        code : Tensor, shape (n, h, w, channels)
        step : Tensor, shape (n, 1)
        """
        step = step[:, :, None, None]
        deviations = self.deviations / ONE
        known = code / torch.maximum(deviations, step)
        framed = functional.pad(known.clamp(-LARGEST_KNOWN, LARGEST_KNOWN), (0, 0, 1, 1, 1, 1))
        around = [neighbours(framed, phase) for phase in range(len(PHASES))]
        told = step.log2() + 2.0
        mean, log_scale = torch.zeros_like(code), torch.zeros_like(code)
        for group, network in zip(self.groups, self.networks, strict=True):
            place = group.of(mean)
            if not place.numel():
                continue
            about_step = told.expand(-1, *place.shape[1:3], 1)
            context = [group.context(around[group.phase], _join)] if group.n_known else []
            found = network(_join([about_step, *context]))
            place[:], group.of(log_scale)[:] = found.chunk(2, dim=-1)
        return mean * deviations, log_scale + self.logs / ONE


def bits_of(noisy: Tensor, mean: Tensor, log_scale: Tensor, step: Tensor) -> Tensor:
    """Bits of numbers under logistic distributions, counted in cells of one step.

    ``-log2 (F(x + step / 2) - F(x - step / 2))``, F being logistic: the difference of two such
    functions is their product times ``1 - exp(-step / scale)``.
    """
    step = step[:, :, None, None]
    in_steps = (log_scale - step.log2()).clamp(FINEST_SCALE, WIDEST_SCALE)
    width = (-in_steps).exp2()
    place = (noisy - mean) / step * width
    above = functional.logsigmoid(place + width / 2)
    below = functional.logsigmoid(width / 2 - place)
    return -(above + below + torch.log(-torch.expm1(-width))) / log(2)


def _network(n_known: int, n_channels: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for given, wanted in ((n_known + 1, HIDDEN), (HIDDEN, HIDDEN)):
        layer = nn.Linear(given, wanted)
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.ReLU()]
    last = nn.Linear(HIDDEN, 2 * n_channels)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)
