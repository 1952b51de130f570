"""``isthmus restore``: damaged files in, whole ones out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["restore"]


def restore(
    run: Annotated[Path, typer.Argument(help="Folder of a run of isthmus fit --restore.")],
    damaged: Annotated[
        Path,
        typer.Argument(
            help="A picture or a folder of them, of any size; or a table, CSV or Parquet."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write; the same names and sizes.")],
    masks: Annotated[
        Path | None,
        typer.Option(
            help="What is hidden: a folder of pictures of the same names, or one for all; white is "
            "hidden. Transparent pixels are hidden too."
        ),
    ] = None,
    hidden: Annotated[
        float | None, typer.Option(help="Pixels of exactly this value are hidden, such as 0.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse unreadable pictures instead of skipping them.")
    ] = False,
) -> None:
    """Restore what is damaged: remove noise, fill holes or missing cells, give colours, enlarge."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_restored
    from isthmus.data import TableEncoding
    from isthmus.loading import load
    from isthmus.runs.folder import RunFolder, read_json, refuse_existing
    from isthmus.runs.restored import Where, restore_pictures, restore_rows

    folder = RunFolder(run).require()
    ae, console = load(folder.path), Console()
    refuse_existing(out, force=force)
    table = read_json(folder.path / "fit.json")["table"]
    if table is not None:
        n = restore_rows(ae, TableEncoding.from_dict(table), damaged, out)
        console.print(f"{n} cells filled: {out / damaged.name}", highlight=False, soft_wrap=True)
        return
    with ProgressBars(console) as bars:
        done = restore_pictures(
            ae,
            damaged,
            out,
            where=Where(masks, hidden),
            strict=strict,
            progress=bars.preparing,
        )
    print_restored(console, done, out)
