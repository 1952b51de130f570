"""``isthmus map``: a map of a run's items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["map"]


def map(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    dims: Annotated[int, typer.Option(min=2, max=3, help="Dimensions of the map.")] = 2,
    beside: Annotated[
        list[str] | None,
        typer.Option(help="Another map to compare with, tsne or umap; may be repeated."),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the codes; about 4,000 steps if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Fixes every draw.")] = 0,
) -> None:
    """Fit a map on which like items lie together, which places new items and decodes any place."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_map
    from isthmus.runs.mapped import map_run

    console = Console()
    with ProgressBars(console) as bars:
        record = map_run(
            run,
            dims,
            beside=beside or (),
            epochs=epochs,
            seed=seed,
            watcher=bars,
            preparing=bars.preparing,
        )
    print_map(console, run, record)
