"""Results of benchmarks: one JSON file a question, with versions, hardware and every figure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from isthmus import Autoencoder, load
from isthmus.bench.machine import machine
from isthmus.bench.summary import spread
from isthmus.files import replacing_file

__all__ = [
    "fitted_once",
    "read_results",
    "run_missing",
    "spread",
    "training_record",
    "write_results",
]

RESULTS = Path(__file__).parent / "results"


def write_results(name: str, results: dict[str, Any]) -> Path:
    """Write ``results/NAME.json``, whole or not at all."""
    path = RESULTS / f"{name}.json"
    with replacing_file(path) as temporary:
        about = {**machine(), "threads": torch.get_num_threads()}
        text = json.dumps({"machine": about, **results}, indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")
    return path


def read_results(name: str) -> dict[str, Any]:
    """What ``results/NAME.json`` holds, or nothing."""
    path = RESULTS / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def training_record(ae: Autoencoder) -> dict[str, Any]:
    """What a fit took, and how it was set."""
    return {
        "seconds": ae.seconds_,
        "epochs": ae.n_iter_,
        "n_parameters": ae.n_parameters_,
        "settings": ae.settings(),
        "seed": ae.random_state,
    }


def fitted_once(ae: Autoencoder, items: Any, models: Path | None, name: str) -> Autoencoder:
    """The autoencoder fitted to items, or the one that lies under ``models`` from an earlier run.

    So a run that was stopped while it measured need not fit again.
    """
    path = None if models is None else models / name
    if path is not None and path.exists():
        return load(path)
    ae.fit(items)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        ae.save(path)
    return ae


def run_missing(
    name: str, group: str, entry: str, seeds: int, run: Callable[[int], dict[str, Any]]
) -> None:
    """Add a run of each missing seed to ``results/NAME.json``, under ``[group][entry]["runs"]``."""
    runs = read_results(name).get(group, {}).get(entry, {}).get("runs", [])
    for seed in sorted(set(range(seeds)) - {row["seed"] for row in runs}):
        runs.append({"seed": seed, **run(seed)})
        # Another process may have written its entries meanwhile.
        entries = read_results(name).get(group, {}) | {entry: {"runs": runs}}
        write_results(name, {group: entries})
        print(entry, runs[-1], flush=True)
