"""``isthmus generate``: new items like those of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["generate"]


def generate(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    out: Annotated[str, typer.Option(help="Folder to write: PNG pictures, or decoded.csv.")],
    n: Annotated[int, typer.Option("-n", help="How many.")] = 16,
    label: Annotated[str | None, typer.Option(help="Like the items of this label.")] = None,
    seed: Annotated[int, typer.Option(help="Fixes every draw.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
) -> None:
    """Draw new items from the density of the run's codes."""
    from rich.console import Console

    from isthmus.runs.generated import generate_run

    generate_run(run, out, n, label=label, seed=seed, force=force)
    Console().print(f"{n} new items: {out}", highlight=False, soft_wrap=True)
