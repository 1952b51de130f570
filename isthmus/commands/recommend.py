"""``isthmus recommend``: what else users may like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.errors import BadSetting

__all__ = ["recommend"]


def recommend(
    run: Annotated[Path, typer.Argument(help="Folder of a run of the preset recommend.")],
    user: Annotated[
        str | None, typer.Argument(help="A user of the run; all of them if not given.")
    ] = None,
    likes: Annotated[
        list[str] | None,
        typer.Option(help="An item that the user has; alone, of a new user. May be repeated."),
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Items to recommend.", min=1)] = 10,
    data: Annotated[
        str | None, typer.Option(help="Other users and their items, a table as the run's.")
    ] = None,
    out: Annotated[
        str, typer.Option(help="Parquet file for lists of many users.")
    ] = "recommended.parquet",
) -> None:
    """Recommend items to a user of the run, to a new one, or to many."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_offer
    from isthmus.runs.recommended import offers_of, offers_to

    one = user is not None or bool(likes)
    if one and data is not None:
        raise BadSetting("give --data, or a user or --likes, not both.")
    console = Console()
    with ProgressBars(console) as bars:
        if one:
            offer = offers_to(run, user, likes or (), n, bars.preparing)
        else:
            n_users, n_unknown = offers_of(run, out, data, n, bars.preparing)
    if one:
        print_offer(console, offer)
        return
    unknown = f"; {n_unknown} items that were not there at the fit are left out"
    console.print(
        f"{n} items for each of {n_users} users: {out}{unknown if n_unknown else ''}",
        highlight=False,
        soft_wrap=True,
    )
