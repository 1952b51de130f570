"""``isthmus encode``: codes for new data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.commands.options import OR_ON_HUB, LaterTable

__all__ = ["encode"]


def encode(
    run: Annotated[
        Path, typer.Argument(help=f"Folder of a run, as isthmus fit writes it, {OR_ON_HUB}")
    ],
    data: Annotated[str, typer.Argument(help="Data of the same form as the run's.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")] = Path("codes.parquet"),
    table: LaterTable = None,
    search_steps: Annotated[
        int | None,
        typer.Option(
            help="Steps of search for codes that rebuild the items better, at many times the "
            "time; the run's own if not given."
        ),
    ] = None,
) -> None:
    """Write the codes of new items, with their identifiers."""
    from dataclasses import asdict

    import numpy as np
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_skipped
    from isthmus.loading import load
    from isthmus.runs.codes_file import write_codes
    from isthmus.runs.folder import read_json
    from isthmus.runs.items import later_items
    from isthmus.runs.pushed import found_run

    folder = found_run(run)
    ae = load(folder.path)
    if search_steps is not None:
        ae.set_params(search_steps=search_steps)
    console = Console()
    with ProgressBars(console) as bars:
        fit = read_json(folder.path / "fit.json")
        items = later_items(data, fit, ae, bars.preparing, table)
    splits = {"all": items} if items.test is None else {"train": items, "test": items.test}
    parts = [(part, np.broadcast_to(name, len(part))) for name, part in splits.items()]
    write_codes(out, ae, parts)
    n = sum(len(part) for part, _ in parts)
    print_skipped(console, [asdict(lost) for lost in items.skipped])
    console.print(f"{n} codes of {ae.n_components_} numbers: {out}", highlight=False)
