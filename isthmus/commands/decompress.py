"""``isthmus decompress``: pictures of files that ``isthmus compress`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import OR_ON_HUB

__all__ = ["decompress"]


def decompress(
    run: Annotated[
        str, typer.Argument(help=f"Folder of the run that compressed them, {OR_ON_HUB}")
    ],
    files: Annotated[list[Path], typer.Argument(help="Files of isthmus compress, or folders.")],
    out: Annotated[Path, typer.Option(help="Folder to write: NAME.png for each picture.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse damaged files instead of skipping them.")
    ] = False,
) -> None:
    """Write the pictures of compressed files, as PNG."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_compressed
    from isthmus.loading import load
    from isthmus.runs.compressed import decompress_files
    from isthmus.runs.folder import refuse_existing
    from isthmus.runs.pushed import found_run
    from isthmus.uses.compression import Codec

    console = Console()
    refuse_existing(out, force=force)
    codec = Codec(load(found_run(run).path))
    with ProgressBars(console) as bars:
        done = decompress_files(codec, files, out, strict=strict, progress=bars.preparing)
    print_compressed(console, done, out)
