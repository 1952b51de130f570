"""``isthmus score``: which items are unlike the normal ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import LaterTable
from isthmus.errors import BadSetting

__all__ = ["score"]


def score(
    run: Annotated[Path, typer.Argument(help="Folder of a run that was fitted to normal items.")],
    data: Annotated[str, typer.Argument(help="Items to score, of the same form as the run's.")],
    out: Annotated[str, typer.Option(help="Parquet file to write.")] = "scores.parquet",
    table: LaterTable = None,
    false_alarms: Annotated[
        float, typer.Option(help="Share of normal items that may be called odd.")
    ] = 0.05,
    maps: Annotated[
        Path | None,
        typer.Option(help="Pictures: a folder to write what made the odd ones odd; white is odd."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace maps that are there.")] = False,
) -> None:
    """Score items by how unlike normal ones they are, with p-values and the reasons."""
    from dataclasses import asdict

    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_skipped
    from isthmus.runs.folder import RunFolder, read_json, refuse_existing
    from isthmus.runs.scored import score_run

    if maps is not None:
        if read_json(RunFolder(run).require().path / "fit.json")["kind"] == "table":
            raise BadSetting("--maps is for pictures; of a table the column 'because' says why.")
        refuse_existing(maps, force=force)
    console = Console()
    with ProgressBars(console) as bars:
        found = score_run(
            run,
            data,
            out,
            table=table,
            false_alarms=false_alarms,
            maps=maps,
            preparing=bars.preparing,
        )
    print_skipped(console, [asdict(lost) for lost in found.skipped])
    share = f"{100 * false_alarms:.3g} %"
    gaps = f" {found.n_gaps} have missing cells and no score." if found.n_gaps else ""
    console.print(
        f"{found.n_odd} of {found.n_items} items are odd; of normal ones {share} or fewer would "
        f"be, by {found.n_calibration} held-out items: {out}{gaps}",
        highlight=False,
        soft_wrap=True,
    )
