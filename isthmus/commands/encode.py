"""``isthmus encode``: codes for new data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["encode"]


def encode(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    data: Annotated[str, typer.Argument(help="Data of the same form as the run's.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write.")] = Path("codes.parquet"),
) -> None:
    """Write the codes of new items, with their identifiers."""
    import numpy as np
    from rich.console import Console

    from isthmus.commands.show import ProgressBars
    from isthmus.loading import load
    from isthmus.runs.codes_file import write_codes
    from isthmus.runs.folder import RunFolder, read_json
    from isthmus.runs.items import later_items

    folder = RunFolder(run).require()
    ae = load(folder.path)
    console = Console()
    with ProgressBars(console) as bars:
        items = later_items(data, read_json(folder.path / "fit.json"), ae, bars.preparing)
    parts = [(items, np.full(len(items), "all" if items.test is None else "train"))]
    if items.test is not None:
        parts.append((items.test, np.full(len(items.test), "test")))
    write_codes(out, ae, parts)
    n = sum(len(part) for part, _ in parts)
    console.print(f"{n} codes of {ae.n_components_} numbers: {out}", highlight=False)
