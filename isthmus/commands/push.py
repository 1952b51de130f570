"""``isthmus push``: a run's model to a hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["push"]


def push(
    run: Annotated[Path, typer.Argument(help="Folder of a run, as isthmus fit writes it.")],
    repository: Annotated[
        str, typer.Argument(help="user/name on the hub; made if it is not there.")
    ],
    private: Annotated[
        bool, typer.Option("--private", help="Make the repository for its owner alone.")
    ] = False,
    licence: Annotated[
        str | None,
        typer.Option(help="The model's licence, as the hub names it: mit, cc-by-4.0, apache-2.0."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="What it was fitted to, in words; its name if not given.")
    ] = None,
) -> None:
    """Push a run's model and its card, without the data, to Hugging Face's hub or HF_ENDPOINT."""
    from rich.console import Console

    from isthmus.runs.pushed import push_run

    place = push_run(run, repository, private=private, licence=licence, data=data)
    Console().print(
        f'pushed; to load it: isthmus.load("{place}")',
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
