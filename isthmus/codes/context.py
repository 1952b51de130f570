"""In which order the numbers of a code are told, and what is known of each before it is.

The grid of places is told slice by slice of channels, and in a slice in four phases: every second
place of every second row, then those between them. Before a number is told all lower slices are
known, and of its own slice the neighbours of earlier phases. Many numbers come at once, unlike in
the order of reading. Minnen and Singh, "Channel-wise autoregressive entropy models for learned
image compression" (ICIP 2020); He et al., "Checkerboard context model for efficient learned image
compression" (CVPR 2021).

All of it works on arrays of NumPy and tensors of PyTorch alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

__all__ = ["Group", "groups", "slices"]

LARGEST_SLICE = 64
PHASES = ((0, 0), (1, 1), (0, 1), (1, 0))
NEIGHBOURS = [(down, across) for down, across in product((-1, 0, 1), repeat=2)]

#: Joins arrays along their last axis.
Join = Callable[[Sequence[Any]], Any]


def slices(n_channels: int) -> Iterator[tuple[int, int]]:
    """Where slices of channels begin and end: 1, 1, 2, 4 .. channels.

    >>> list(slices(7))
    [(0, 1), (1, 2), (2, 4), (4, 7)]
    """
    start, size = 0, 1
    while start < n_channels:
        yield start, min(start + size, n_channels)
        start += size
        size = min(start, LARGEST_SLICE)


@dataclass(frozen=True)
class Group:
    """The numbers that are told at once: a slice of channels at the places of one phase.

    Attributes
    ----------
    start, stop : int
        The channels.
    phase : int
    """

    start: int
    stop: int
    phase: int

    @property
    def known(self) -> list[tuple[int, int]]:
        """Neighbours of earlier phases, as moves (down, across)."""
        earlier = PHASES[: self.phase]
        down, across = PHASES[self.phase]
        return [
            (dy, dx) for dy, dx in NEIGHBOURS if ((down + dy) % 2, (across + dx) % 2) in earlier
        ]

    @property
    def n_known(self) -> int:
        """Numbers that `context` gives for each place."""
        return len(NEIGHBOURS) * self.start + len(self.known) * (self.stop - self.start)

    def of(self, grid: Any) -> Any:
        """This group's numbers in a grid, (n, h, w, channels): a view."""
        down, across = PHASES[self.phase]
        return grid[:, down::2, across::2, self.start : self.stop]

    def context(self, framed: Any, join: Join) -> Any:
        """What is known at each place of the group, (n, rows, columns, n_known).

        Parameters
        ----------
        framed : array, shape (n, h + 2, w + 2, channels)
            The grid with a frame of zeros.
        join : callable
        """
        rows, columns = (
            (side - 2 - offset + 1) // 2
            for side, offset in zip(framed.shape[1:3], PHASES[self.phase], strict=True)
        )

        def moved(move: tuple[int, int], start: int, stop: int) -> Any:
            top, left = (1 + at + by for at, by in zip(PHASES[self.phase], move, strict=True))
            down = slice(top, top + 2 * rows - 1, 2)
            return framed[:, down, left : left + 2 * columns - 1 : 2, start:stop]

        below = [moved(move, 0, self.start) for move in NEIGHBOURS] if self.start else []
        return join(below + [moved(move, self.start, self.stop) for move in self.known])


def groups(n_channels: int) -> list[Group]:
    """All groups in the order in which they are told."""
    return [
        Group(start, stop, phase)
        for start, stop in slices(n_channels)
        for phase in range(len(PHASES))
    ]
