"""Runs that lakes are encoded by, and a lake of rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isthmus.lake import forms
from isthmus.runs.job import fit_run
from isthmus.runs.request import Request


def table(n: int, start: int) -> pd.DataFrame:
    """Rows of numbers and a category, with ids that say their order."""
    rng = np.random.default_rng(start)
    frame = pd.DataFrame(rng.standard_normal((n, 4)), columns=list("abcd"))
    frame["colour"] = rng.choice(["red", "blue"], n)
    frame.insert(0, "id", [f"row-{i}" for i in range(start, start + n)])
    return frame


@pytest.fixture(scope="session")
def run_of_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run fitted to a table like those of the lake."""
    folder = tmp_path_factory.mktemp("rows")
    table(120, 10_000).to_parquet(folder / "train.parquet")
    data = str(folder / "train.parquet")
    settings = {"network": "linear", "code": "plain", "loss": "mse"}
    fit_run(Request(data, n_components=3, epochs=1, settings=settings), folder / "run")
    return folder / "run"


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """1,000 rows in three files in folders, of row groups of 50; pieces are of 100 rows."""
    monkeypatch.setattr(forms, "ROWS_A_PIECE", 100)
    start = 0
    for name, n in (("a.parquet", 250), ("b/c.parquet", 90), ("b/d.parquet", 660)):
        path = tmp_path / "lake" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        table(n, start).to_parquet(path, row_group_size=50)
        start += n
    return tmp_path / "lake"
