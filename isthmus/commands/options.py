"""Options that several verbs have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["LaterTable"]

LaterTable = Annotated[
    str | None,
    typer.Option(
        "--table",
        help="Of a run fitted to pictures with a table: the table of these pictures. Without it "
        "their numbers are missing.",
    ),
]
