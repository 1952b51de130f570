"""Who calls the pieces: this process alone, or workers of Ray."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from isthmus.errors import MissingExtra
from isthmus.lake.pieces import Done, PieceEncoder
from isthmus.lake.sources import Piece

__all__ = ["ENGINES", "Engine"]

Engine = Callable[[PieceEncoder, Sequence[Piece], int | None], Iterator[Done]]
"""``engine(encoder, pieces, workers)``: what became of each piece, in any order."""


def here(encoder: PieceEncoder, pieces: Sequence[Piece], workers: int | None) -> Iterator[Done]:
    """One after the other, in this process."""
    return map(encoder, pieces)


def on_ray(encoder: PieceEncoder, pieces: Sequence[Piece], workers: int | None) -> Iterator[Done]:
    """By actors of Ray Data; see `isthmus.lake.ray_data`."""
    try:
        import ray.data  # noqa: F401
    except ImportError as error:
        raise MissingExtra('--engine ray needs: pip install "isthmus[lake]"') from error
    from isthmus.lake.ray_data import encode_by_actors

    return encode_by_actors(encoder, pieces, workers)


#: The engines by the names that users write.
ENGINES: Mapping[str, Engine] = {"plain": here, "ray": on_ray}
