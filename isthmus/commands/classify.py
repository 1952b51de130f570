"""``isthmus classify``: labels of a few items, learnt for all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import LaterTable

__all__ = ["classify"]


def classify(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    labels: Annotated[
        str, typer.Argument(help="CSV or Parquet file with columns id and label, of some items.")
    ],
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Labels are numbers to tell, not names of classes.")
    ] = False,
    fine_tune: Annotated[
        bool,
        typer.Option("--fine-tune", help="Also try to tune the encoder by the labels: minutes."),
    ] = False,
    data: Annotated[str | None, typer.Option(help="Other items to tell.")] = None,
    table: LaterTable = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Parquet file; RUN/classes.parquet, or classes.parquet for --data."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Fixes every draw.")] = 0,
) -> None:
    """Tell the class or a number of every item by a few labels, and which to label next."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_labelled, print_skipped
    from isthmus.data.fetched import fetched
    from isthmus.runs.labelled import classify_run

    console = Console()
    with ProgressBars(console) as bars:
        record = classify_run(
            run,
            fetched(labels),
            numbers=numbers,
            fine_tune=fine_tune,
            data=data,
            table=table,
            out=out,
            seed=seed,
            preparing=bars.preparing,
        )
    print_skipped(console, record["skipped"])
    print_labelled(console, record)
