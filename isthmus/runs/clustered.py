"""Kinds of the items of a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.metrics import v_measure_score

from isthmus.runs.folder import read_json
from isthmus.runs.items import Preparing, later_items
from isthmus.runs.job import rewrite_report
from isthmus.runs.uses import Own, leave, with_codes, with_skipped, write_columns
from isthmus.uses.clusters import Kinds, find_kinds

__all__ = ["cluster_run"]

# Members of each kind that are named.
SHOWN = 8


def cluster_run(
    run: Path,
    n_clusters: int | None = None,
    *,
    data: str | None = None,
    table: str | None = None,
    out: Path | None = None,
    seed: int = 0,
    preparing: Preparing | None = None,
) -> dict[str, Any]:
    """Find kinds among all items of a run; write them, and draw its report anew.

    Parameters
    ----------
    run : Path
    n_clusters : int or None
        None finds out how many kinds there are.
    data : str or None
        Other items, told by the kinds of the run's.
    table : str or None
        What lies beside these, where the run was fitted to pictures with a table.
    out : Path or None
        Parquet file for the kinds: of the run's items, ``RUN/clusters.parquet``, or of ``data``.
        Columns: id, kind (null is none), and of the run's items split, and rank in the kind, 0
        being the most typical.
    seed : int
    preparing : callable or None

    Returns
    -------
    dict
        The record as in ``RUN/clusters.json``, and what was ``skipped`` of ``data``.
    """
    folder, ae = with_codes(run)
    fit = read_json(folder / "fit.json")
    fresh = None if data is None else later_items(data, fit, ae, preparing, table)
    own = Own.of(folder)
    kinds = find_kinds(own.codes, n_clusters, seed)
    found = {
        **own.columns(),
        "kind": _kind_column(kinds.labels),
        "rank": pa.array(_ranks(kinds), pa.int64()),
    }
    write_columns(out if out and fresh is None else folder / "clusters.parquet", found)
    if fresh is not None:
        names = pa.array(fresh.ids.tolist(), pa.string())
        told = kinds.of(ae.transform(fresh.items).astype(own.codes.dtype))
        write_columns(out or Path("clusters.parquet"), {"id": names, "kind": _kind_column(told)})
    record = _record(kinds, own, n_clusters)
    leave(folder, "clusters", record)
    rewrite_report(run, preparing)
    return with_skipped(record, fresh)


def _kind_column(labels: NDArray[np.intp]) -> pa.Array:
    return pa.array(labels, pa.int64(), mask=labels < 0)


def _ranks(kinds: Kinds) -> NDArray[np.intp]:
    """The place of each item in its kind, the most typical first; of no kind it is 0."""
    ranks = np.zeros(len(kinds.labels), np.intp)
    for kind in range(kinds.count):
        members = kinds.typical(kind)
        ranks[members] = np.arange(len(members))
    return ranks


def _record(kinds: Kinds, own: Own, asked: int | None) -> dict[str, Any]:
    agreement = None if own.labels is None else v_measure_score(own.labels, kinds.labels)
    return {
        "asked": asked,
        "stability": kinds.stability,
        "v_measure": agreement,
        "n_items": len(kinds.labels),
        "n_none": int((kinds.labels < 0).sum()),
        "kinds": [_kind(kinds, own, kind) for kind in range(kinds.count)],
    }


def _kind(kinds: Kinds, own: Own, kind: int) -> dict[str, Any]:
    def named(members: NDArray[np.intp]) -> dict[str, list[Any]]:
        shown = members[:SHOWN]
        return {"places": shown.tolist(), "ids": own.ids[shown].tolist()}

    members = kinds.labels == kind
    labels = Counter([] if own.labels is None else own.labels[members].tolist())
    return {
        "size": int(members.sum()),
        "labels": dict(labels.most_common(SHOWN)),
        "mean_code": kinds.codes[members].mean(0).tolist(),
        "typical": named(kinds.typical(kind)),
        "oddest": named(kinds.oddest(kind)),
    }
