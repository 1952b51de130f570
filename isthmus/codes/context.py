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

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

__all__ = ["PHASES", "Group", "groups", "neighbours", "slices"]

LARGEST_SLICE = 64
PHASES = ((0, 0), (1, 1), (0, 1), (1, 0))
NEIGHBOURS = [(down, across) for down, across in product((-1, 0, 1), repeat=2)]

#: Places down and across.
Move = tuple[int, int]
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
    def known(self) -> list[Move]:
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

    def context(self, around: Mapping[Move, Any], join: Join) -> Any:
        """What is known at each place of the group, (n, rows, columns, n_known).

        Parameters
        ----------
        around : mapping of move to array
            What `neighbours` gives for this phase.
        join : callable
        """
        below = [around[move][..., : self.start] for move in NEIGHBOURS] if self.start else []
        own = [around[move][..., self.start : self.stop] for move in self.known]
        return join(below + own)


def neighbours(framed: Any, phase: int) -> dict[Move, Any]:
    """What lies at each move from the places of a phase, (n, rows, columns, channels) each: views.

    Parameters
    ----------
    framed : array, shape (n, h + 2, w + 2, channels)
        The grid with a frame of zeros.
    phase : int
    """
    down, across = PHASES[phase]
    rows, columns = (
        (side - 2 - first + 1) // 2
        for side, first in zip(framed.shape[1:3], PHASES[phase], strict=True)
    )

    def along(first: int, move: int, n: int) -> slice:
        start = 1 + first + move
        return slice(start, start + 2 * n - 1, 2)

    return {
        (dy, dx): framed[:, along(down, dy, rows), along(across, dx, columns)]
        for dy, dx in NEIGHBOURS
    }


def groups(n_channels: int) -> list[Group]:
    """All groups in the order in which they are told."""
    return [
        Group(start, stop, phase)
        for start, stop in slices(n_channels)
        for phase in range(len(PHASES))
    ]
