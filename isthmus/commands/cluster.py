"""``isthmus cluster``: kinds of items, found without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import LaterTable

__all__ = ["cluster"]


def cluster(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    n_clusters: Annotated[
        int | None, typer.Option("--n-clusters", "-n", help="Kinds wanted; finds out if not given.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Other items, to be told by the kinds of the run's.")
    ] = None,
    table: LaterTable = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Parquet file; RUN/clusters.parquet, or clusters.parquet for --data."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Fixes every draw.")] = 0,
) -> None:
    """Find kinds of items, say how stable they are, and show them in the run's report."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_kinds, print_skipped
    from isthmus.runs.clustered import cluster_run

    console = Console()
    with ProgressBars(console) as bars:
        record = cluster_run(
            run,
            n_clusters,
            data=data,
            table=table,
            out=out,
            seed=seed,
            preparing=bars.preparing,
        )
    print_skipped(console, record["skipped"])
    print_kinds(console, record)
