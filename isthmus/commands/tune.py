"""``isthmus tune``: better settings for some data, found by trials."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from isthmus.commands.app import INTERRUPTED
from isthmus.commands.fit import fit, request_of, told_by
from isthmus.commands.options import Track, with_options_of

__all__ = ["tune"]


@with_options_of(fit)
def tune(
    trials: Annotated[
        int, typer.Option(help="Fits to try, the default among them; all processes together.")
    ] = 40,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data of each trial.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Train each trial this long.")] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Where the trials are kept, if not in the run: a file, or the address of a "
            "database that several machines share, such as postgresql://HOST/NAME."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; runs/DATA-PRESET-K if not given.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a search, also of a finished run.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Begin anew, and replace a run.")] = False,
    track: Track = None,
    **asked: Any,
) -> None:
    """Search for settings by held-out error, then fit with the best ones: a run, its report says
    what mattered.

    The same command in another terminal joins the search.
    """
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_result, print_trial, print_tuned
    from isthmus.runs.tuned import tune_run

    request = request_of(epochs=epochs, minutes=minutes, **asked)
    folder = out or Path("runs") / request.run_name
    console = Console()
    try:
        with ProgressBars(console) as bars:
            result = tune_run(
                request,
                folder,
                trials,
                storage=storage,
                resume=resume,
                force=force,
                told=partial(print_trial, console),
                watcher=told_by(bars, track, folder, request),
                preparing=bars.preparing,
            )
    except KeyboardInterrupt:
        typer.echo("stopped by Ctrl-C; the trials are kept, --resume goes on.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    print_tuned(console, result["tuning"])
    print_result(console, result["metrics"], folder)
