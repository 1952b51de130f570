"""Results of benchmarks: one JSON file a question, with versions, hardware and every figure."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from isthmus.files import replacing_file
from isthmus.model_files import versions

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Versions and hardware."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].split(":", 1)[1].strip() if names else processor
    return {
        **versions(),
        "processor": processor,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
    }


def write_results(name: str, results: dict[str, Any]) -> Path:
    """Write ``results/NAME.json``, whole or not at all."""
    path = RESULTS / f"{name}.json"
    with replacing_file(path) as temporary:
        text = json.dumps({"machine": machine(), **results}, indent=1)
        temporary.write_text(text + "\n", encoding="utf-8")
    return path


def read_results(name: str) -> dict[str, Any]:
    """What ``results/NAME.json`` holds, or nothing."""
    path = RESULTS / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


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


def spread(values: Iterable[float]) -> dict[str, float]:
    """Mean, median, least and greatest."""
    values = list(values)
    return {
        "mean": statistics.mean(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }
