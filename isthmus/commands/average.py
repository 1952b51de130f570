"""``isthmus average``: what items of a label have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["average"]


def average(
    run: Annotated[Path, typer.Argument(help="Folder of a run whose items have labels.")],
    out: Annotated[str, typer.Option(help="Folder to write: PNG pictures, or decoded.csv.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
) -> None:
    """Write what the mean code of each label decodes to."""
    from rich.console import Console

    from isthmus.runs.generated import average_run

    n = average_run(run, out, force=force)
    Console().print(f"{n} labels: {out}", highlight=False, soft_wrap=True)
