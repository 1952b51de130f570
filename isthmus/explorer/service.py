"""From a request to its answer: read, check, join the others, write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from fastapi import HTTPException, Request, Response
from numpy.typing import NDArray
from starlette.requests import ClientDisconnect

from isthmus.explorer.batching import Batcher
from isthmus.explorer.limits import Limits
from isthmus.explorer.payloads import (
    Body,
    BytesAtOnce,
    answer_kind,
    as_body,
    body_kind,
    read_asked,
)
from isthmus.explorer.served import VERBS, ServedRun, Verb
from isthmus.explorer.telemetry import Telemetry

__all__ = ["Service"]

Result = TypeVar("Result")

# Bodies that are read or written at once: more would only take memory from each other.
READERS = 2
CLIENT_LEFT = 499


class Service:
    """Answers the verbs of one run.

    Parameters
    ----------
    run : ServedRun
    limits : Limits
    telemetry : Telemetry
    """

    def __init__(self, run: ServedRun, limits: Limits, telemetry: Telemetry) -> None:
        self.run, self.limits, self.telemetry = run, limits, telemetry
        self.at_once = BytesAtOnce(limits.bytes_at_once)
        self.batchers = {
            verb.name: Batcher(partial(verb.of, run), limits, telemetry.batches(verb.name))
            for verb in VERBS
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While it lasts requests are answered; at its end all that wait are."""
        self._readers = ThreadPoolExecutor(READERS, "isthmus-read")
        for batcher in self.batchers.values():
            batcher.start()
        try:
            yield
        finally:
            await asyncio.gather(*(batcher.stop() for batcher in self.batchers.values()))
            self._readers.shutdown(wait=False)

    async def answer(self, verb: Verb, request: Request) -> Response:
        """The answer to one request.

        Raises
        ------
        IsthmusError
            If the run cannot do that, or not with what came.
        HTTPException
            408, 413, 415, 503 or 504, as the limits say.
        """
        came = body_kind(request.headers)
        goes = answer_kind(request.headers, came)
        with Body(self.limits, self.at_once) as body:
            try:
                async with asyncio.timeout(self.limits.seconds):
                    data = await body.read(came, request.headers, request.stream())
            except ClientDisconnect:
                return Response(status_code=CLIENT_LEFT)
            except TimeoutError:
                raise HTTPException(
                    408, f"the body did not come in {self.limits.seconds:g} seconds."
                ) from None
            values = await self._beside(partial(self._checked, verb, data, came))
            answer = await self.batchers[verb.name](values)
            self.telemetry.items.labels(verb.name).inc(len(values))
            written = await self._beside(partial(as_body, answer, verb.gives, goes))
        return Response(written, media_type=goes)

    def _checked(self, verb: Verb, data: bytes, kind: str) -> NDArray[Any]:
        values = verb.check(self.run, read_asked(data, kind, verb.takes, self.limits))
        n_values = max(values.size, len(values) * self.run.ae.n_features_in_)
        if n_values > self.limits.values:
            raise HTTPException(
                413,
                f"these are {n_values} values of items; at most {self.limits.values} are given.",
            )
        return values

    async def _beside(self, work: Callable[[], Result]) -> Result:
        """Work in another thread, so that other requests are read meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)
