"""Pieces encoded by actors of Ray Data, on one machine or on a cluster.

Each actor unpickles the model once, then takes pieces as they come. What goes through Ray are names
of files: items and codes stay with the actor that reads and writes them, so that memory depends on
the number of actors alone. An actor that dies is started anew, and its piece is given out again.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import ray
import ray.data

from isthmus.lake.memory import share_freed_memory
from isthmus.lake.pieces import Done, PieceEncoder
from isthmus.lake.sources import Piece

__all__ = ["encode_by_actors"]

# More tasks than this at once would burden the driver; then one has several pieces.
MOST_TASKS = 4096


class Worker:
    """What an actor holds and does."""

    def __init__(self, encoder: PieceEncoder):
        share_freed_memory()
        self.encoder = encoder

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        done = self.encoder(Piece.from_dict(json.loads(row["piece"])))
        return {"done": json.dumps(done.to_dict())}


def encode_by_actors(
    encoder: PieceEncoder, pieces: Sequence[Piece], workers: int | None
) -> Iterator[Done]:
    """What became of each piece, as they are done.

    Parameters
    ----------
    encoder : PieceEncoder
    pieces : sequence of Piece
    workers : int or None
        Actors; None is one for each processor of the cluster.

    Notes
    -----
    Joins the cluster of ``RAY_ADDRESS``, or one that this process has joined already; else starts
    one on this machine and ends it afterwards.
    """
    if not pieces:
        return
    with _cluster():
        n = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        rows = [{"piece": json.dumps(piece.to_dict())} for piece in pieces]
        tasks = ray.data.from_items(rows, override_num_blocks=min(len(rows), MOST_TASKS))
        found = tasks.map(
            cast(Any, Worker),
            compute=ray.data.ActorPoolStrategy(size=min(n, len(rows))),
            fn_constructor_args=(encoder,),
            num_cpus=1,
        )
        for row in found.iter_rows():
            yield Done.from_dict(json.loads(row["done"]))


@contextmanager
def _cluster() -> Iterator[None]:
    """A cluster to work on, told to keep its own news to its log files."""
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    joined = ray.is_initialized()
    if not joined:
        # It would warn of each actor of Ray Data, that its arguments must outlive it: they do.
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        ray.init(include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
    context = ray.data.DataContext.get_current()
    before, context.enable_progress_bars = context.enable_progress_bars, False
    try:
        yield
    finally:
        context.enable_progress_bars = before
        if not joined:
            ray.shutdown()
