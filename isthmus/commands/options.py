"""Options that several verbs have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["OR_ON_HUB", "LaterTable"]

#: What verbs that need the model alone say of their RUN.
OR_ON_HUB = "or hub:user/name[@revision], one that isthmus push pushed."

LaterTable = Annotated[
    str | None,
    typer.Option(
        "--table",
        help="Of a run fitted to pictures with a table: the table of these pictures. Without it "
        "their numbers are missing.",
    ),
]
