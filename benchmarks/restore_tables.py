"""The tables of what is restored: each makes the lines of one table from its results."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
from results_file import read_results
from scipy.stats import rankdata

METHODS = ("isthmus", "IterativeImputer", "KNNImputer", "mean")


def missing_cells() -> list[str]:
    rows = [
        f"| cells hidden | tables | {' | '.join(METHODS)} | Isthmus first |",
        "|---|---:|" + "---:|" * (len(METHODS) + 1),
    ]
    found: dict[str, list[list[float]]] = {}
    tables: dict[str, set[str]] = {}
    for key, entry in read_results("missing_cells")["tables"].items():
        name, share = key.rsplit(" ", 1)
        tables.setdefault(share, set()).add(name)
        for run in entry["runs"]:
            found.setdefault(share, []).append([run[method]["rmse"] for method in METHODS])
    for share, errors in {**found, "all": list(chain(*found.values()))}.items():
        ranks = rankdata(np.array(errors), axis=1)
        names = tables.get(share, set().union(*tables.values()))
        means = " | ".join(f"{rank:.2f}" for rank in ranks.mean(0))
        shown = share if share == "all" else f"{100 * float(share):.0f} %"
        rows.append(
            f"| {shown} | {len(names)} | {means} | {(ranks[:, 0] == 1).sum()} of {len(ranks)} |"
        )
    return rows


def denoising() -> list[str]:
    sets = read_results("denoising")["sets"]
    methods = list(dict.fromkeys(name for row in sets.values() for name in row))
    rows = [
        f"| pictures | deviation | {' | '.join(methods)} |",
        "|---|---:|" + "---:|" * len(methods),
    ]
    for key, row in sets.items():
        name, deviation = key.rsplit(" ", 1)
        cells = (f"{row[method]['psnr']:.2f}" if method in row else "" for method in methods)
        rows.append(f"| {name} | {deviation} | {' | '.join(cells)} |")
    return rows


def compression() -> list[str]:
    rates = read_results("compression")["scenes"]["at_rates"]
    codecs = list(dict.fromkeys(codec for row in rates.values() for codec in row))
    rows = [f"| bits a pixel | {' | '.join(codecs)} |", "|---:|" + "---:|" * len(codecs)]
    for rate, row in rates.items():
        rows.append(f"| {rate} | {' | '.join(_quality(row.get(codec)) for codec in codecs)} |")
    return rows


def _quality(found: dict[str, Any] | None) -> str:
    """Decibels and similarity, and how many pictures have a file that small, where not all have."""
    if found is None:
        return ""
    if not found["fit"]:
        return "none fits"
    some = "" if found["fit"] == found["of"] else f" ({found['fit']} of {found['of']})"
    return f"{found['psnr']:.2f} / {found['ms_ssim']:.3f}{some}"


RESTORE_TABLES: dict[str, Callable[[], list[str]]] = {
    "missing_cells": missing_cells,
    "denoising": denoising,
    "compression": compression,
}
