"""Requests that come at once go through the model together.

::

    request ─► check ─► waiting ─┐
    request ─► check ─► waiting ─┼─► one call in a thread ─► split ─► each its own answer
    request ─► check ─► waiting ─┘

What waits is bounded, so that a server that is asked too much says so at once, not ever later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi import HTTPException
from numpy.typing import NDArray

from isthmus.explorer.limits import Limits
from isthmus.explorer.served import Answer

__all__ = ["Batcher"]


@dataclass(eq=False)
class _Waiting:
    """A request that waits: its items, where its answer will be, and whether that is on its way."""

    items: NDArray[Any]
    answer: asyncio.Future[Answer]
    taken: bool = False

    @property
    def kind(self) -> tuple[Any, ...]:
        """Requests of one kind can be joined, and none is changed by that."""
        return self.items.dtype, self.items.shape[1:]


class Batcher:
    """Gathers requests, answers them by one call, and gives each its own part.

    Parameters
    ----------
    work : callable
        From an array, shape (n, ...), to arrays with a row an item. Called in a thread of its own,
        never twice at once.
    limits : Limits
    seen : callable or None
        Is told of each call: how many requests, how many items.
    """

    def __init__(
        self,
        work: Callable[[NDArray[Any]], Answer],
        limits: Limits,
        seen: Callable[[int, int], None] | None = None,
    ) -> None:
        self.work, self.limits, self.seen = work, limits, seen
        self._waiting: deque[_Waiting] = deque()
        self._n_items = 0
        self._closing = False

    def start(self) -> None:
        """Begin to answer, on the running event loop."""
        self._something = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "isthmus-batch")
        self._task = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """Answer all that waits, take no more, and end."""
        self._closing = True
        self._something.set()
        # Who waits longer than that was told so; what hangs then is waited for by nobody.
        await asyncio.wait({self._task}, timeout=self.limits.seconds)
        self._task.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, items: NDArray[Any]) -> Answer:
        """The answer for some items, found together with those of others.

        Raises
        ------
        HTTPException
            503 where too many wait already or the server is stopping; 504 where it takes too long.
        Exception
            What ``work`` raises for these items.
        """
        if self._closing:
            raise HTTPException(503, "the server is stopping.", {"Retry-After": "5"})
        if self._n_items + len(items) > self.limits.waiting_items:
            raise HTTPException(503, "too many items wait; try again.", {"Retry-After": "1"})
        one = _Waiting(items, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._n_items += len(items)
        self._something.set()
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await one.answer
        except TimeoutError:
            raise HTTPException(
                504, f"no answer in {self.limits.seconds:g} seconds; ask for less, or again."
            ) from None
        finally:
            self._forget(one)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._something.wait()
            if self._n_items < self.limits.batch_items and not self._closing:
                await asyncio.sleep(self.limits.batch_seconds)
            batch = self._take()
            if batch:
                found = await loop.run_in_executor(self._thread, self._answers, batch)
                _hand_out(batch, found)
            if not self._waiting:
                if self._closing:
                    return
                self._something.clear()

    def _forget(self, one: _Waiting) -> None:
        """Give the place of a request for whose answer nobody waits any more to others."""
        if not one.taken:
            self._waiting.remove(one)
            self._n_items -= len(one.items)

    def _take(self) -> list[_Waiting]:
        """The first that waits and all that can join it."""
        batch: list[_Waiting] = []
        rest: deque[_Waiting] = deque()
        n_items = 0
        for one in self._waiting:
            if not batch or (
                one.kind == batch[0].kind and n_items + len(one.items) <= self.limits.batch_items
            ):
                one.taken = True
                batch.append(one)
                n_items += len(one.items)
            else:
                rest.append(one)
        self._waiting = rest
        self._n_items -= n_items
        return batch

    def _answers(self, batch: list[_Waiting]) -> list[Answer | Exception]:
        """The answer of each, or what went wrong; one that fails does not spoil the others."""
        try:
            sizes = [len(one.items) for one in batch]
            whole = self.work(np.concatenate([one.items for one in batch]))
            if any(len(values) != sum(sizes) for values in whole):
                raise RuntimeError(f"{sum(sizes)} items have other answers than one each")
            parts = [np.split(values, np.cumsum(sizes)[:-1]) for values in whole]
            if self.seen is not None:
                self.seen(len(batch), sum(sizes))
            return list(zip(*parts, strict=True))
        except Exception as error:
            if len(batch) == 1:
                return [error]
            return [found for one in batch for found in self._answers([one])]


def _hand_out(batch: list[_Waiting], found: list[Answer | Exception]) -> None:
    for one, answer in zip(batch, found, strict=True):
        if one.answer.done():
            continue
        if isinstance(answer, Exception):
            one.answer.set_exception(answer)
        else:
            one.answer.set_result(answer)
