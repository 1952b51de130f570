"""Requests that are joined, and those that must not be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from fastapi import HTTPException

from isthmus.explorer.batching import Batcher
from isthmus.explorer.limits import Limits

LIMITS = Limits(batch_items=8, batch_seconds=0.01, seconds=5)


class Doubling:
    """Doubles what it is given, and remembers the calls; fails where it meets a 13."""

    def __init__(self) -> None:
        self.calls: list[np.ndarray] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, items: np.ndarray) -> tuple[np.ndarray, ...]:
        self.go_on.wait(10)
        self.calls.append(items)
        if (items == 13).any():
            raise ArithmeticError("13")
        return 2 * items, items.reshape(len(items), -1).sum(1)


def with_batcher(
    work: Any, test: Callable[[Batcher], Awaitable[None]], limits: Limits = LIMITS, **more: Any
) -> None:
    async def run() -> None:
        batcher = Batcher(work, limits, **more)
        batcher.start()
        try:
            await test(batcher)
        finally:
            await batcher.stop()

    asyncio.run(run())


def test_many_at_once_are_few_calls_and_each_gets_its_own() -> None:
    work, seen = Doubling(), []

    async def ask(batcher: Batcher) -> None:
        asked = [np.full((1 + i % 3, 2), i + 100.0) for i in range(30)]
        found = await asyncio.gather(*map(batcher, asked))
        for items, (doubled, sums) in zip(asked, found, strict=True):
            np.testing.assert_array_equal(doubled, 2 * items)
            np.testing.assert_array_equal(sums, items.sum(1))

    with_batcher(work, ask, seen=lambda requests, items: seen.append((requests, items)))
    assert len(work.calls) < 15
    assert all(len(call) <= 8 for call in work.calls)
    assert np.sum(seen, axis=0).tolist() == [30, 59 + 1]
    assert [items for _, items in seen] == [len(call) for call in work.calls]


def test_only_what_is_alike_is_joined() -> None:
    work = Doubling()
    asked = [
        np.ones((1, 2)),
        np.ones((1, 3)),
        np.ones((1, 2), np.float32),
        np.ones((1, 2)),
        np.ones((20, 2)),
    ]

    async def ask(batcher: Batcher) -> None:
        found = await asyncio.gather(*map(batcher, asked))
        for items, (doubled, _) in zip(asked, found, strict=True):
            assert doubled.dtype == items.dtype
            assert doubled.shape == items.shape

    with_batcher(work, ask)
    assert sorted(len(call) for call in work.calls) == [1, 1, 2, 20]


def test_one_that_fails_does_not_spoil_the_others() -> None:
    async def ask(batcher: Batcher) -> None:
        asked = [np.full((1, 2), float(i)) for i in (1, 13, 2, 3)]
        found = await asyncio.gather(*map(batcher, asked), return_exceptions=True)
        assert isinstance(found[1], ArithmeticError)
        for i, answer in zip((1, 2, 3), found[:1] + found[2:], strict=True):
            np.testing.assert_array_equal(answer[0], [[2 * i, 2 * i]])

    with_batcher(Doubling(), ask)


def test_answers_that_do_not_fit_are_errors_and_the_batcher_lives() -> None:
    answers = [(np.zeros((5, 2)),), None, (np.ones((1, 2)),)]

    async def ask(batcher: Batcher) -> None:
        for _ in range(2):
            with pytest.raises((TypeError, RuntimeError)):
                await batcher(np.zeros((1, 2)))
        assert (await batcher(np.zeros((1, 2))))[0].tolist() == [[1, 1]]

    def work(items: np.ndarray) -> Any:
        return answers.pop(0)

    with_batcher(work, ask)


def test_a_full_queue_and_a_slow_answer_are_said() -> None:
    work = Doubling()
    work.go_on.clear()
    limits = Limits(batch_items=2, batch_seconds=0.001, waiting_items=4, seconds=0.3)

    async def ask(batcher: Batcher) -> None:
        items = np.ones((1, 2))
        waiting = [asyncio.create_task(batcher(items)) for _ in range(7)]
        found = await asyncio.gather(*waiting, return_exceptions=True)
        statuses = [error.status_code for error in found if isinstance(error, HTTPException)]
        assert sorted(statuses) == [503] * 3 + [504] * 4
        busy = next(e for e in found if isinstance(e, HTTPException) and e.status_code == 503)
        assert busy.headers == {"Retry-After": "1"}
        work.go_on.set()
        # What nobody waits for any more is not worked on, and leaves its place to others.
        await asyncio.gather(*[batcher(items) for _ in range(4)])
        assert sum(len(call) for call in work.calls) <= 2 + 4

    with_batcher(work, ask, limits)


def test_a_stop_answers_all_that_wait_and_takes_no_more() -> None:
    work = Doubling()

    async def run() -> None:
        batcher = Batcher(work, LIMITS)
        batcher.start()
        waiting = [asyncio.create_task(batcher(np.ones((1, 2)))) for _ in range(30)]
        await asyncio.sleep(0)
        stopping = asyncio.create_task(batcher.stop())
        found = await asyncio.gather(*waiting)
        assert len(found) == 30
        await stopping
        with pytest.raises(HTTPException) as refused:
            await batcher(np.ones((1, 2)))
        assert refused.value.status_code == 503

    asyncio.run(run())
