"""``isthmus blend``: what lies between two items."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["blend"]


def blend(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    first: Annotated[str, typer.Argument(help="Id of an item of the run.")],
    last: Annotated[str, typer.Argument(help="Id of another.")],
    out: Annotated[str, typer.Option(help="Folder to write: PNG pictures, or decoded.csv.")],
    steps: Annotated[int, typer.Option(help="Items on the way, both ends among them.")] = 9,
    straight: Annotated[
        bool, typer.Option("--straight", help="On the line between the codes, not near the data.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
) -> None:
    """Write the items on the way from one to another, from neighbour to neighbour."""
    from rich.console import Console

    from isthmus.runs.generated import blend_run

    blend_run(run, out, first, last, steps=steps, by_line=straight, force=force)
    Console().print(f"{steps} items: {out}", highlight=False, soft_wrap=True)
