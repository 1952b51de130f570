"""``isthmus choose``: how many numbers a wanted quality takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["choose"]


def choose(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    psnr: Annotated[
        float | None, typer.Option(help="Wanted peak signal-to-noise ratio of pixels, decibels.")
    ] = None,
    keep: Annotated[
        float | None, typer.Option(help="Wanted share of the variance, between 0 and 1.")
    ] = None,
) -> None:
    """Name the smallest prefix of the run's code that reaches a quality on its test items."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_choice
    from isthmus.runs.job import choose_size

    console = Console()
    with ProgressBars(console) as bars:
        choice = choose_size(run, psnr=psnr, keep=keep, preparing=bars.preparing)
    print_choice(console, choice)
