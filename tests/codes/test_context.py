"""The order in which numbers are told: each once, and nothing of the later ones is used."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from isthmus.codes.context import PHASES, groups, neighbours, slices

SIZES = [(1, 1), (1, 2), (2, 2), (3, 5), (8, 8), (7, 1)]
join = partial(np.concatenate, axis=-1)


@pytest.mark.parametrize("n_channels", [1, 2, 3, 7, 64, 192])
def test_slices_cover_all_channels(n_channels: int) -> None:
    ends = list(slices(n_channels))
    assert [channel for start, stop in ends for channel in range(start, stop)] == [
        *range(n_channels)
    ]


@pytest.mark.parametrize("size", SIZES)
def test_every_number_is_told_once(size: tuple[int, int]) -> None:
    told = np.zeros((2, *size, 5), int)
    for group in groups(5):
        group.of(told)[:] += 1
    assert (told == 1).all()


@pytest.mark.parametrize("size", SIZES)
def test_contexts_hold_only_what_was_told(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    grid = random.normal(size=(2, *size, 6))
    told = np.zeros(grid.shape, bool)
    for group in groups(6):
        if group.n_known and group.of(grid).size:
            framed, other = (
                np.pad(np.where(told, grid, unknown), ((0, 0), (1, 1), (1, 1), (0, 0)))
                for unknown in (0.0, 99.0)
            )
            context = group.context(neighbours(framed, group.phase), join)
            assert context.shape == (*group.of(grid).shape[:3], group.n_known)
            again = group.context(neighbours(other, group.phase), join)
            np.testing.assert_array_equal(context, again)
        group.of(told)[:] = True


def test_a_context_is_the_neighbourhood() -> None:
    grid = np.arange(2 * 5 * 6 * 4, dtype=float).reshape(2, 5, 6, 4)
    framed = np.pad(grid, ((0, 0), (1, 1), (1, 1), (0, 0)))
    for group in groups(4):
        if not group.n_known:
            continue
        context = group.context(neighbours(framed, group.phase), join)
        down, across = PHASES[group.phase]
        lower = [(dy, dx, 0, group.start) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        own = [(dy, dx, group.start, group.stop) for dy, dx in group.known]
        expected = [
            framed[1, 1 + down + 2 + dy, 1 + across + 2 + dx, start:stop]
            for dy, dx, start, stop in [*lower, *own]
        ]
        np.testing.assert_array_equal(context[1, 1, 1], np.concatenate(expected))


def test_tensors_and_arrays_have_the_same_context() -> None:
    framed = np.random.default_rng(0).normal(size=(1, 7, 6, 4))
    for group in groups(4)[1:]:
        around, tensors = (neighbours(x, group.phase) for x in (framed, torch.from_numpy(framed)))
        found = group.context(tensors, partial(torch.cat, dim=-1))
        np.testing.assert_array_equal(found.numpy(), group.context(around, join))
