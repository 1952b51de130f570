"""``isthmus presets``: every named autoencoder."""

from __future__ import annotations

import json
from typing import Annotated

import typer

__all__ = ["presets"]


def presets(
    as_json: Annotated[bool, typer.Option("--json", help="All of each preset, as JSON.")] = False,
) -> None:
    """List the named autoencoders."""
    from rich.console import Console
    from rich.table import Table

    from isthmus.uses.catalogue import catalogue

    rows = catalogue()
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    table = Table("preset", "what it is", "parameters", "source", box=None)
    for row in rows:
        n = row["n_parameters"]
        table.add_row(row["name"], row["summary"], "" if n is None else f"{n:,}", row["source"])
    Console().print(table)
