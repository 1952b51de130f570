"""What uses of a run's codes read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from isthmus.runs.uses import Own


def test_items_without_a_label_beside_labelled_ones_have_none(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "label": ["x", None, "y"], "split": "train"})
    frame.assign(c0=[0.5, 1.0, 2.0]).to_parquet(tmp_path / "codes.parquet")
    own = Own.of(tmp_path)
    assert own.labels is not None
    assert own.labels.tolist() == ["x", "", "y"]
    assert own.ids.tolist() == ["a", "b", "c"]


def test_items_that_came_without_labels_have_no_column_of_them(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "split": ["train", "test"], "c0": [0.5, 1.0]})
    frame.to_parquet(tmp_path / "codes.parquet")
    own = Own.of(tmp_path)
    assert own.labels is None
    assert own.split.to_pylist() == ["train", "test"]
