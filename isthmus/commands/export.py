"""``isthmus export``: a run's model for programs without Python, or without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import OR_ON_HUB
from isthmus.errors import BadSetting

__all__ = ["export"]


def export(
    run: Annotated[
        Path, typer.Argument(help=f"Folder of a run, as isthmus fit writes it, {OR_ON_HUB}")
    ],
    onnx: Annotated[
        bool, typer.Option("--onnx", help="As ONNX: encoder.onnx and decoder.onnx.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; RUN/onnx if not given.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
) -> None:
    """Write the encoder and the decoder, scaling and all, for programs that have no PyTorch."""
    if not onnx:
        raise BadSetting(f"isthmus export {run} needs a form to write; give --onnx.")
    from rich.console import Console

    from isthmus.runs.exported import export_run

    folder, parity = export_run(run, out, force=force)
    sizes = " and ".join(map(str, parity.batch_sizes))
    Console().print(
        f"encoder.onnx, decoder.onnx, run.py: {folder}\n"
        f"parity with PyTorch by ONNX Runtime, in batches of {sizes}: codes differ by "
        f"{parity.codes:.1e}, items by {parity.items:.1e} at most",
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
