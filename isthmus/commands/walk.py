"""``isthmus walk``: what one number of a code does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["walk"]


def walk(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    number: Annotated[int, typer.Argument(help="Which number of the code, from 0.")],
    out: Annotated[str, typer.Option(help="Folder to write: PNG pictures, or decoded.csv.")],
    item: Annotated[
        str | None, typer.Option(help="Id of the item to begin at; the mean code if not given.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Items on the way.")] = 9,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
) -> None:
    """Write what becomes of an item when one number of its code moves through its values."""
    from rich.console import Console

    from isthmus.runs.generated import walk_run

    walk_run(run, out, number, item=item, steps=steps, force=force)
    Console().print(f"{steps} items: {out}", highlight=False, soft_wrap=True)
