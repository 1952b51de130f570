"""A contest whose results lie in ``results/`` and whose plots lie in ``docs/pictures/``."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from results_file import read_results, write_results
from rich.console import Console

from isthmus.bench.contest import Contest, Results, hold, usual_threads
from isthmus.bench.pictures import draw
from isthmus.bench.split import open_split
from isthmus.commands.bench import interpreter
from isthmus.commands.show import print_contest, print_job

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"


def contest_parser(text: str | None) -> argparse.ArgumentParser:
    """What every benchmark that is a contest takes."""
    parser = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="at most, instead of each rival's own")
    parser.add_argument("--threads", type=int, default=usual_threads())
    parser.add_argument(
        "--python", action="append", default=[], metavar="LIBRARY=PATH", help="its interpreter"
    )
    return parser


def common(arguments: argparse.Namespace) -> dict[str, Any]:
    """Those options as a contest takes them."""
    return {
        "seeds": arguments.seeds,
        "epochs": arguments.epochs,
        "threads": arguments.threads,
        "pythons": dict(interpreter(text) for text in arguments.python),
    }


def compete(name: str, key: str, data: str, *contests: Contest) -> list[dict[str, Any]]:
    """Run what is missing of some contests on the same data and draw it; returns their runs.

    Parameters
    ----------
    name, key : str
        The results are the entry ``key`` of ``results/NAME.json``, the plots are
        ``docs/pictures/KEY-seconds.svg`` and ``KEY-size.svg``.
    data : str
        As `isthmus.open_data` takes it.
    *contests : Contest
    """
    console = Console()

    def save(results: Results) -> None:
        # Another process may have written its contests meanwhile.
        contests = read_results(name).get("contests", {}) | {key: results}
        write_results(name, {"contests": contests})

    results = read_results(name).get("contests", {}).get(key, {})
    split = open_split(data)
    for contest in contests:
        results = hold(contest, split, results, save, partial(print_job, console))
    runs = [run for contest in contests for run in contest.runs_in(results)]
    paths = draw(runs, PICTURES / f"{key}-seconds.svg", PICTURES / f"{key}-size.svg")
    print_contest(console, runs, results["not_run"], paths)
    return runs
