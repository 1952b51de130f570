"""``isthmus compress``: pictures to small files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import OR_ON_HUB

__all__ = ["compress"]


def compress(
    run: Annotated[
        str, typer.Argument(help=f"Folder of a run of the preset compression, {OR_ON_HUB}")
    ],
    pictures: Annotated[list[str], typer.Argument(help="Pictures of any size, or folders.")],
    out: Annotated[Path, typer.Option(help="Folder to write: NAME.isth for each picture.")],
    bpp: Annotated[
        float | None, typer.Option(help="Bits per pixel that no file may have more of, such as .2.")
    ] = None,
    step: Annotated[
        int | None, typer.Option(help="How coarsely to round instead, up to 255.")
    ] = None,
    archive: Annotated[
        bool, typer.Option("--archive", help="All pictures in one file, which is smaller.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse unreadable pictures instead of skipping them.")
    ] = False,
) -> None:
    """Compress pictures by a run's rounded code; isthmus decompress gives them back."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_compressed
    from isthmus.data.fetched import fetched
    from isthmus.loading import load
    from isthmus.runs.compressed import Wish, compress_files
    from isthmus.runs.folder import refuse_existing
    from isthmus.runs.pushed import found_run
    from isthmus.uses.compression import Codec

    wish, console = Wish(step, bpp), Console()
    refuse_existing(out, force=force)
    places = [fetched(picture) for picture in pictures]
    codec = Codec(load(found_run(run).path))
    with ProgressBars(console) as bars:
        done = compress_files(
            codec, places, out, wish, archive=archive, strict=strict, progress=bars.preparing
        )
    print_compressed(console, done, out)
