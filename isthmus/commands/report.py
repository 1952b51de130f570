"""``isthmus report``: the report of a run, drawn anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
) -> None:
    """Draw the report of a finished run anew and print its path."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars
    from isthmus.runs.job import rewrite_report

    console = Console()
    with ProgressBars(console) as bars:
        path = rewrite_report(run, bars.preparing)
    console.print(f"report: {path}", highlight=False, soft_wrap=True)
