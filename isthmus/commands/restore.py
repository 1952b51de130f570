"""``isthmus restore``: damaged files in, whole ones out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import OR_ON_HUB
from isthmus.errors import BadSetting

__all__ = ["restore"]


def restore(
    run: Annotated[
        str, typer.Argument(help=f"Folder of a run of isthmus fit --restore, {OR_ON_HUB}")
    ],
    damaged: Annotated[
        str,
        typer.Argument(
            help="A picture or a folder of them, of any size; a table, CSV or Parquet; an .npy of "
            "items; of a run with --restore terrain an elevation map (GeoTIFF, .npy) or a folder."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write; the same names and sizes.")],
    masks: Annotated[
        str | None,
        typer.Option(
            help="What is hidden: a folder of pictures of the same names, or one for all; white is "
            "hidden. Transparent pixels are hidden too."
        ),
    ] = None,
    hidden: Annotated[
        float | None, typer.Option(help="Pixels of exactly this value are hidden, such as 0.")
    ] = None,
    samples: Annotated[
        int,
        typer.Option(
            min=0, help="Terrain: draw so many other answers, and write how far they lie apart."
        ),
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that is there.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse unreadable pictures instead of skipping them.")
    ] = False,
) -> None:
    """Restore what is damaged: remove noise, fill holes or missing cells, give colours, enlarge."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_restored
    from isthmus.data import TableEncoding
    from isthmus.data.fetched import fetched
    from isthmus.loading import load
    from isthmus.runs.folder import read_json, refuse_existing
    from isthmus.runs.pushed import found_run
    from isthmus.runs.request import Request
    from isthmus.runs.restored import Where, restore_array, restore_pictures, restore_rows
    from isthmus.runs.restored_maps import restore_maps

    folder = found_run(run)
    ae, console, source = load(folder.path), Console(), fetched(damaged)
    refuse_existing(out, force=force)
    fit = read_json(folder.path / "fit.json")
    heights = Request.from_dict(fit["request"]).heights
    if samples and not heights:
        raise BadSetting("--samples is for runs of --restore terrain; others give one answer.")
    if fit.get("parts") is not None:
        raise BadSetting(
            "this run was fitted to pictures with a table: isthmus encode takes items that lack a "
            "part, and isthmus decode of their codes gives both parts."
        )
    if fit["table"] is not None:
        if masks is not None or hidden is not None:
            raise BadSetting(
                "--masks and --hidden are for pictures; of a table empty cells are filled."
            )
        n = restore_rows(ae, TableEncoding.from_dict(fit["table"]), source, out)
        console.print(f"{n} cells filled: {out / source.name}", highlight=False, soft_wrap=True)
        return
    where = Where(None if masks is None else fetched(masks), hidden)
    if source.suffix.lower() == ".npy" and not heights:
        n = restore_array(ae, source, out, where)
        console.print(f"{n} items restored: {out / source.name}", highlight=False, soft_wrap=True)
        return
    restore_files = partial(restore_maps, n_samples=samples) if heights else restore_pictures
    with ProgressBars(console) as bars:
        done = restore_files(ae, source, out, where=where, strict=strict, progress=bars.preparing)
    print_restored(console, done, out)
