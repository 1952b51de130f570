"""Codes that are rounded, and cost bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from isthmus.codes.code import Code, Crossing
from isthmus.codes.prior import Prior
from isthmus.codes.steps import N_STEPS, ONE, STEPS
from isthmus.settings import Interval, Range

__all__ = ["Quantised"]


class Quantised(Code):
    """Numbers rounded to multiples of a step, the same for all numbers of an item.

    While training the step of each item is drawn, so that one model serves all qualities; the
    decoder is told it. Rounding passes gradients on as if it were not there, and bits are counted
    with even noise in its place: Balle, Laparra and Simoncelli, "End-to-end optimized image
    compression" (ICLR 2017); both together, Minnen and Singh, "Channel-wise autoregressive entropy
    models for learned image compression" (ICIP 2020).

    An item's squared error counts ``1 / (tradeoff * step^2)`` against its bits: a wider step is
    right where bits count more. With tradeoff 0.12 what a narrower step costs and gains is even
    for fine steps (2 ln 2 / 12: a bit more of each number is a quarter of the error).

    Parameters
    ----------
    quality : int, default=160
        The step that ``transform`` rounds to, 0 (fine) to 255: 2^(quality / 32 - 5) in the units
        of an orthonormal transform of scaled pixels.
    finest, coarsest : int, default=100, 200
        Between which steps are drawn: about 1.5 to 0.1 bits a pixel of photographs.
    tradeoff : float, default=0.08
        Of 0.08, 0.12 and 0.2 the first gave the least error at the same bytes, on held-out scenes
        at 0.15 and 0.5 bits a pixel.
    """

    name: ClassVar[str] = "quantised"
    statistics: ClassVar[frozenset[str]] = frozenset({"step", "noisy"})
    no_onnx: ClassVar[str] = (
        "its code is rounded, and a number between two steps may be rounded to either by another "
        "runtime; isthmus compress writes its codes."
    )
    ranges: ClassVar[Mapping[str, Range]] = {
        "quality": Interval(int, 0, N_STEPS - 1),
        "finest": Interval(int, 0, N_STEPS - 1),
        "coarsest": Interval(int, 0, N_STEPS - 1),
        "tradeoff": Interval(float, 0.0, closed="neither"),
    }

    def __init__(
        self,
        quality: int = 160,
        finest: int = 100,
        coarsest: int = 200,
        tradeoff: float = 0.08,
    ):
        self.quality = quality
        self.finest = finest
        self.coarsest = coarsest
        self.tradeoff = tradeoff

    @property
    def drawn(self) -> tuple[int, int]:
        """The first step that is drawn while training, and the first behind them that is not."""
        return min(self.finest, self.coarsest), max(self.finest, self.coarsest) + 1

    def decoder_width(self, n_components: int) -> int:
        return n_components + 1

    def prior(self, code_shape: tuple[int, ...], deviations: Tensor | None) -> nn.Module:
        return Prior(code_shape, deviations)

    def code(self, raw: Tensor) -> Tensor:
        step = STEPS[self.quality] / ONE
        return (raw / step).round() * step

    def message(self, code: Tensor, size: int | Tensor | None = None) -> Tensor:
        step = code.new_full((len(code), 1), STEPS[self.quality] / ONE)
        return torch.cat([code, step], dim=1)

    def cross(self, raw: Tensor, generator: torch.Generator | None) -> Crossing:
        # Rounding and counting bits are no work for bfloat16.
        raw = raw.float() if raw.dtype == torch.bfloat16 else raw
        drawn = torch.randint(*self.drawn, (len(raw), 1), generator=generator)
        step = (torch.tensor(STEPS)[drawn] / ONE).to(raw)
        noise = torch.rand(raw.shape, generator=generator).to(raw) - 0.5
        in_steps = raw / step
        rounded = (in_steps + (in_steps.round() - in_steps).detach()) * step
        return Crossing(
            rounded,
            torch.cat([rounded, step], dim=1),
            {"step": step, "noisy": raw + noise * step},
            weight=1.0 / (self.tradeoff * step.square().squeeze(1)),
        )
