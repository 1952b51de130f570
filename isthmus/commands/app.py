"""The program: its verbs, and how its errors look."""

from __future__ import annotations

import importlib
import os
import pkgutil
import statistics
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

import isthmus
from isthmus.commands.options import keeping_inputs
from isthmus.errors import IsthmusError
from isthmus.together import is_first

__all__ = ["app", "main"]

app = typer.Typer(
    help="Short codes for your data, better than PCA's. Start with: isthmus demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NOT_VERBS = {"app", "options", "show"}
USER_ERROR, INTERRUPTED = 2, 130
# Looks at how many programs run at this moment, and seconds between them.
LOOKS, BETWEEN_LOOKS = 5, 0.01


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"isthmus {isthmus.__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def _add_verbs() -> None:
    """Every other file of this folder is a verb, named as its file and its function."""
    if app.registered_commands:
        return
    package = importlib.import_module("isthmus.commands")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in NOT_VERBS:
            verb = importlib.import_module(f"isthmus.commands.{module.name}")
            app.command(module.name)(keeping_inputs(getattr(verb, module.name)))


def _share_the_machine() -> None:
    """Let waiting threads sleep where other programs want the cores; before torch is loaded.

    Threads that spin while they wait are a third faster alone, and up to ten times slower where one
    of two cores is taken.
    """
    if others_are_running():
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def others_are_running() -> bool:
    """Whether others are running in most of a few looks; False where the system does not tell.

    The load average would remember programs that ended minutes ago.
    """
    try:
        running = [_running() for _ in range(LOOKS)]
    except OSError:
        return False
    return statistics.median(running) > 1


def _running() -> int:
    """Programs that run or want to, this one among them, on Linux."""
    time.sleep(BETWEEN_LOOKS)
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("procs_running"))


def main(arguments: list[str] | None = None) -> None:
    """Run the program: exit code 0, or 2 with one line for what the user can mend."""
    _share_the_machine()
    _add_verbs()
    try:
        app(args=arguments, prog_name="isthmus")
    except IsthmusError as error:
        # Of several processes one says it.
        if is_first():
            typer.echo(f"error: {error}", err=True)
        sys.exit(USER_ERROR)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
