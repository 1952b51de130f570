"""``isthmus features``: a network that knows your labels, for the perceptual loss."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["features"]


def features(
    data: Annotated[str, typer.Argument(help="Labelled pictures: subfolders are labels.")],
    out: Annotated[Path, typer.Option(help="File to write, .safetensors.")],
    epochs: Annotated[int, typer.Option(help="Passes over the data.")] = 10,
    seed: Annotated[int, typer.Option(help="Fixes every draw.")] = 0,
) -> None:
    """Train a small network to tell your labels; its features judge in a perceptual loss."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars
    from isthmus.data import open_data
    from isthmus.errors import BadInput, BadSetting
    from isthmus.uses.features import train_features

    if out.suffix != ".safetensors":
        raise BadSetting(f"--out {out}, expected a file that ends in .safetensors.")
    console = Console()
    with ProgressBars(console) as bars:
        items = open_data(data, progress=bars.preparing)
    if items.labels is None:
        raise BadInput(f"{data} has no labels; put the pictures into subfolders by label.")
    found = train_features(items.items, items.labels, out, epochs=epochs, seed=seed)
    console.print(
        f"{found.accuracy:.1%} of {found.n_held_out} held-out pictures told right (the commonest "
        f'label: {found.majority:.1%}): {out}\nUse it: --set \'loss={{"mse": 1, "perceptual": '
        f'{{"weight": 0.1, "features": "{out}"}}}}\'',
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
