"""The tables of what is restored: each makes the lines of one table from its results."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

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


RESTORE_TABLES: dict[str, Callable[[], list[str]]] = {"missing_cells": missing_cells}
