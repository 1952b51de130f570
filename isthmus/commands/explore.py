"""``isthmus explore``: a server for a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isthmus.errors import MissingExtra

__all__ = ["explore"]


def explore(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    host: Annotated[
        str, typer.Option(help="Address to answer at; 0.0.0.0 is all of this machine's.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8321,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="ISTHMUS_TOKEN",
            help="Whoever asks has to show it. Made and printed if not given, unless only this "
            "machine can ask.",
        ),
    ] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in a browser.")] = True,
) -> None:
    """Answer encode, decode, restore, score and map over HTTP, for programs and a browser."""
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise MissingExtra('isthmus explore needs: pip install "isthmus[explore]"') from error
    import webbrowser

    from rich.console import Console

    from isthmus.explorer.listening import address_of, listen, serve
    from isthmus.explorer.security import is_loopback, new_token
    from isthmus.explorer.server import create_app

    if token is None and not is_loopback(host):
        token = new_token()
    app = create_app(run, token=token)
    with listen(host, port) as socket:
        address = address_of(host, socket, token)
        console = Console()
        console.print(
            f"exploring {run} at {address}", highlight=False, soft_wrap=True, markup=False
        )
        console.print("Ctrl-C ends it", highlight=False)
        if open_:
            webbrowser.open(address)
        serve(app, socket)
