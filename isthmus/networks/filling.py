"""Hidden pixels filled in smoothly from those around them: what a network mends from."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["blurred", "filled"]

# Sweeps on each grid; the coarser one gave nearly all of it.
SWEEPS = 8


@torch.no_grad()
def filled(pictures: Tensor, hidden: Tensor) -> Tensor:
    """Pictures whose hidden pixels are nearly the mean of their four neighbours, everywhere.

    So they are a membrane that hangs from the rim of the hole. It is found on ever finer grids, the
    coarsest a single pixel: Brandt, "Multi-level adaptive solutions to boundary-value problems"
    (Mathematics of Computation, 1977), one way only.

    Parameters
    ----------
    pictures : Tensor, shape (n, H, W, C)
    hidden : Tensor of bool, shape (n, H, W, 1)

    Returns
    -------
    Tensor, shape (n, H, W, C)
        Zeros where nothing at all was seen.
    """
    seen = ~hidden.permute(0, 3, 1, 2)
    grids = [(pictures.permute(0, 3, 1, 2) * seen, seen)]
    while max(grids[-1][0].shape[2:]) > 1:
        grids.append(_halved(*grids[-1]))
    whole = grids.pop()[0]
    for values, known in reversed(grids):
        height, width = values.shape[2:]
        size = (2 * whole.shape[2], 2 * whole.shape[3])
        finer = functional.interpolate(whole, size=size, mode="bilinear")[:, :, :height, :width]
        whole = torch.where(known, values, finer)
        for _ in range(SWEEPS):
            whole = torch.where(known, values, _mean_of_neighbours(whole))
    return whole.permute(0, 2, 3, 1)


def blurred(pictures: Tensor, reach: int) -> Tensor:
    """Means of squares of 2 reach + 1 pixels, twice over, (n, H, W, C) to the same."""
    # Sums up to each place, in float64: their differences are the means, however wide the square
    # is. `avg_pool2d` adds each up anew, which took 60 times as long.
    x = pictures.permute(0, 3, 1, 2).double()
    side = 2 * reach + 1
    for axis, beside in ((2, (0, 0, reach + 1, reach)), (3, (reach + 1, reach, 0, 0))):
        for _ in range(2):
            up_to = _padded(x, beside).cumsum(axis)
            length = x.shape[axis]
            x = (up_to.narrow(axis, side, length) - up_to.narrow(axis, 0, length)) / side
    return x.permute(0, 2, 3, 1).to(pictures)


def _halved(values: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Means of what is known in squares of two by two pixels, and in which something is."""
    odd = (0, values.shape[3] % 2, 0, values.shape[2] % 2)
    weight = functional.pad(known.to(values), odd)
    total = functional.avg_pool2d(functional.pad(values, odd) * weight, 2)
    share = functional.avg_pool2d(weight, 2)
    # A share is a multiple of a quarter, or zero as the total then is.
    return total / share.clamp(min=0.25), share > 0


def _mean_of_neighbours(x: Tensor) -> Tensor:
    x = _padded(x, (1, 1, 1, 1))
    beside = x[:, :, 1:-1, :-2] + x[:, :, 1:-1, 2:]
    return (beside + x[:, :, :-2, 1:-1] + x[:, :, 2:, 1:-1]) / 4


def _padded(x: Tensor, beside: tuple[int, int, int, int]) -> Tensor:
    return functional.pad(x, beside, mode="replicate")
