"""How much a client may ask of the server."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """What one request may hold, how long it may take, and what may wait.

    Attributes
    ----------
    body_bytes, json_bytes : int
        Of one request's body, and of one in JSON: reading that keeps all others waiting, and takes
        many times its bytes, at the worst two seconds and half a gigabyte for these.
    bytes_at_once : int
        Of the bodies of all requests under way.
    items, values : int
        Of one request; values also count what a decoded code becomes.
    seconds : float
        For a body to arrive, and for its answer to be found.
    batch_items : int
        That go through the model together; a larger request goes alone.
    batch_seconds : float
        That a request waits for others to join it.
    waiting_items : int
        Of one verb that wait their turn.
    connections : int
        Open at once.
    """

    body_bytes: int = 32 * 2**20
    json_bytes: int = 8 * 2**20
    bytes_at_once: int = 256 * 2**20
    items: int = 10_000
    values: int = 2**23
    seconds: float = 30.0
    batch_items: int = 256
    batch_seconds: float = 0.003
    waiting_items: int = 50_000
    connections: int = 1000
