"""What the server counts, in the form that Prometheus reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CountRequests", "Telemetry"]

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384)
OTHER = "other"


class Telemetry:
    """Counts of one server, in a registry of its own.

    Parameters
    ----------
    verbs : iterable of str
        What is counted by name. All other paths count as one, so that a client cannot make up
        names without end.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, verbs: Iterable[str]) -> None:
        self.registry = CollectorRegistry()
        self.verbs = frozenset(verbs)
        self.requests = Counter(
            "isthmus_requests", "Requests answered.", ["verb", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "isthmus_request_seconds",
            "From a request to its answer.",
            ["verb"],
            registry=self.registry,
        )
        self.items = Counter(
            "isthmus_items", "Items or codes answered.", ["verb"], registry=self.registry
        )
        self.batch_requests = Histogram(
            "isthmus_batch_requests",
            "Requests that went through the model together.",
            ["verb"],
            buckets=SIZES,
            registry=self.registry,
        )
        self.batch_items = Histogram(
            "isthmus_batch_items",
            "Items that went through the model together.",
            ["verb"],
            buckets=SIZES,
            registry=self.registry,
        )

    def batches(self, verb: str) -> Callable[[int, int], None]:
        """Counts the batches of a verb: how many requests, how many items."""

        def seen(n_requests: int, n_items: int) -> None:
            self.batch_requests.labels(verb).observe(n_requests)
            self.batch_items.labels(verb).observe(n_items)

        return seen

    def verb_of(self, path: str) -> str:
        """The verb of a path, or the word for all others."""
        return path[1:] if path[1:] in self.verbs else OTHER

    def text(self) -> bytes:
        """All counts, for Prometheus."""
        return generate_latest(self.registry)


class CountRequests:
    """Middleware that counts every request and how long its answer took."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self.app, self.telemetry = app, telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        verb, begun, status = self.telemetry.verb_of(scope["path"]), time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self.telemetry.requests.labels(verb, str(status)).inc()
            self.telemetry.seconds.labels(verb).observe(time.perf_counter() - begun)
