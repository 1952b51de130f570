"""``isthmus volume``: how much lies between two surfaces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.errors import BadInput

__all__ = ["volume"]


def volume(
    upper: Annotated[Path, typer.Argument(help="The upper surface: GeoTIFF or .npy, in metres.")],
    lower: Annotated[
        list[Path],
        typer.Argument(help="The lower surface; or several samples of it, for the uncertainty."),
    ],
    mask: Annotated[
        Path | None, typer.Option(help="A picture or map: only where it is not 0 is counted.")
    ] = None,
    cell: Annotated[
        float | None,
        typer.Option(min=0.0, help="Metres of a cell's side, where the file does not say."),
    ] = None,
) -> None:
    """Print the volume between two surfaces in km3, such as that of a glacier above its bed."""
    from rich.console import Console

    from isthmus.commands.show import print_volumes
    from isthmus.runs.volumes import volumes

    if cell is not None and cell <= 0:
        raise BadInput(f"--cell {cell:g}, expected metres, above 0.")
    print_volumes(Console(), volumes(upper, lower, mask=mask, cell=cell))
