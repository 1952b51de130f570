"""``isthmus bench``: Isthmus and its rivals on the user's own data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from isthmus.errors import BadSetting

__all__ = ["bench", "interpreter"]

Number = TypeVar("Number", int, float)


def bench(
    data: Annotated[str, typer.Argument(help="Data as isthmus fit takes them.")],
    k: Annotated[int, typer.Option("-k", help="Numbers in the code.")],
    sizes: Annotated[
        str, typer.Option(help="Shorter codes too, such as 2,8,20; each is a fit more of most.")
    ] = "",
    seconds: Annotated[
        str, typer.Option(help="Times to train: Isthmus plans for each, others take the longest.")
    ] = "5,15,60,180",
    seeds: Annotated[int, typer.Option(help="How often each is fitted.")] = 3,
    rivals: Annotated[
        str | None, typer.Option(help="Names, such as pca,isthmus,keras-dense-20; all general.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes at most; each rival's own number if not given.")
    ] = None,
    noise: Annotated[
        float, typer.Option(help="Normal noise of this deviation on what is seen: denoising.")
    ] = 0.0,
    threads: Annotated[
        int | None, typer.Option(help="Of every rival; $OMP_NUM_THREADS or the cores.")
    ] = None,
    python: Annotated[
        list[str] | None,
        typer.Option(help="A library's own interpreter, as keras=/path/to/python. Repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results; bench/DATA-K if not given.")
    ] = None,
) -> None:
    """Fit Isthmus and its rivals in turn on one split: results as JSON, a table and plots.

    Run again with the same --out it does only what is missing.
    """
    from rich.console import Console

    from isthmus.bench.contest import Contest, hold, usual_threads
    from isthmus.bench.folder import BenchFolder
    from isthmus.bench.rivals import GENERAL
    from isthmus.bench.split import open_split
    from isthmus.commands.show import ProgressBars, print_contest, print_job

    times = _numbers("--seconds", seconds, float)
    contest = Contest(
        rivals=_words(rivals) if rivals is not None else list(GENERAL),
        sizes=[*_numbers("--sizes", sizes, int), k],
        seconds=times,
        limit=max(times, default=None),
        seeds=seeds,
        epochs=epochs,
        noise=noise,
        threads=threads if threads is not None else usual_threads(),
        pythons=dict(interpreter(text) for text in python or []),
    )
    contest.check()
    console = Console()
    with ProgressBars(console) as bars:
        split = open_split(data, bars.preparing)
    folder = BenchFolder(out or Path("bench") / f"{split.fitting.data.name}-{k}")
    tell = partial(print_job, console)
    results = hold(contest, split, folder.read(), folder.write, tell, folder.make())
    runs = contest.runs_in(results)
    print_contest(console, runs, results["not_run"], [folder.results, *folder.draw(runs)])


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(name: str, text: str, kind: Callable[[str], Number]) -> list[Number]:
    try:
        return [kind(word) for word in _words(text)]
    except ValueError:
        word = "whole numbers" if kind is int else "numbers"
        raise BadSetting(f"{name} {text!r}, expected {word} with commas, such as 5,20.") from None


def interpreter(text: str) -> tuple[str, str]:
    """A library and the interpreter it is installed for; raises `BadSetting`."""
    library, equals, path = text.partition("=")
    if not equals or not library or not path:
        raise BadSetting(f"--python {text!r}, expected LIBRARY=PATH, such as keras=env/bin/python.")
    return library, path
