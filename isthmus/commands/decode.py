"""``isthmus decode``: items from codes."""

from __future__ import annotations

from typing import Annotated

import typer

from isthmus.commands.options import OR_ON_HUB

__all__ = ["decode"]


def decode(
    run: Annotated[
        str, typer.Argument(help=f"Folder of a run, as isthmus fit writes it, {OR_ON_HUB}")
    ],
    codes: Annotated[
        str,
        typer.Argument(help="Parquet file of codes, or a folder of them: columns id, c0, c1, ..."),
    ],
    out: Annotated[
        str, typer.Option(help="Folder to write: PNG pictures, WAV sounds, or decoded.csv.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
) -> None:
    """Write the items of codes: pictures or sounds by their identifiers, or a table."""
    from rich.console import Console

    from isthmus.loading import load
    from isthmus.runs.codes_file import read_codes
    from isthmus.runs.decoded import write_decoded
    from isthmus.runs.folder import read_json
    from isthmus.runs.pushed import found_run

    folder = found_run(run)
    ae = load(folder.path)
    ids, values = read_codes(codes)
    write_decoded(out, ae, ids, values, read_json(folder.path / "fit.json"), force=force)
    Console().print(f"{len(values)} items: {out}", highlight=False)
