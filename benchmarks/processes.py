"""Two processes that fit together beside one: held-out error, and rows a second.

    python benchmarks/processes.py [--items 60000] [--epochs 2] [--seeds 5]

The default with 16 numbers is fitted to MNIST's training digits, one process after two with each
seed, every process with one thread. ``torchrun`` starts them, and their time is the fit's own: it
has PCA, all epochs and their judging, but not the start of Python.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch
from results_file import read_results, spread, write_results
from timing import middle

from isthmus import Autoencoder, open_data
from isthmus.together import is_first

NAME, COUNTS = "processes", (1, 2)
N_COMPONENTS = 16


def main() -> None:
    """Measure the seeds that are missing, or fit as one of the processes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fit", nargs=2, metavar=("SEED", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fit:
        fit(asked.items, asked.epochs, int(asked.fit[0]), Path(asked.fit[1]))
        return
    about = {"items": asked.items, "epochs": asked.epochs, "n_components": N_COMPONENTS}
    before = read_results(NAME)
    runs = before["runs"] if before and about.items() <= before.items() else []
    for seed in sorted(set(range(asked.seeds)) - {run["seed"] for run in runs}):
        found = {str(count): by(count, asked, seed) for count in reversed(COUNTS)}
        runs.append({"seed": seed, **found})
        write_results(NAME, {**about, **summary(runs), "runs": runs})
        print(runs[-1], flush=True)


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of the rates, and errors with their spread over seeds."""
    found = {str(count): [run[str(count)] for run in runs] for count in COUNTS}
    gains = (run["2"]["rows_a_second"] / run["1"]["rows_a_second"] for run in runs)
    return {
        "rows_a_second": {
            count: median(each["rows_a_second"] for each in fits) for count, fits in found.items()
        },
        **middle("gain", gains),
        "held_out_mse": {
            count: spread(each["held_out_mse"] for each in fits) for count, fits in found.items()
        },
    }


def by(count: int, asked: argparse.Namespace, seed: int) -> dict[str, Any]:
    """What so many processes reach."""
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "found.json"
        sizes = ["--items", asked.items, "--epochs", asked.epochs]
        own = map(str, [__file__, *sizes, "--fit", seed, path])
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, *launch, *own], check=True, env=environment)
        return dict(json.loads(path.read_text(encoding="utf-8")))


def fit(n_items: int, epochs: int, seed: int, path: Path) -> None:
    """Fit, as the only process or as one of several; the first writes what came of it."""
    torch.set_num_threads(1)
    items = open_data("mnist").items[:n_items]
    ae = Autoencoder(N_COMPONENTS, training={"epochs": epochs}, random_state=seed).fit(items)
    if is_first():
        found = {
            "seconds": ae.seconds_,
            "rows_a_second": n_items * epochs / ae.seconds_,
            "held_out_mse": ae.history_[ae.best_epoch_].held_out_mse,
        }
        path.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
