"""Trackers, and what reads their files back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isthmus.tracking.mlflow import PATIENCE


@pytest.fixture(autouse=True)
def quiet_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of MLflow for a test alone; its files need no database, which takes seconds."""
    for name, value in PATIENCE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def curves() -> Callable[[Path], dict[str, list[tuple[int, float]]]]:
    """Reads a folder of events by TensorBoard's own reader: each tag's steps and values."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

    def read(folder: Path) -> dict[str, list[tuple[int, float]]]:
        events = accumulator.EventAccumulator(str(folder))
        events.Reload()
        tags = events.Tags()["scalars"]
        return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in tags}

    return read


@pytest.fixture
def kept() -> Callable[[str], list[Any]]:
    """Reads the runs of a place by MLflow's own client, the oldest first."""
    mlflow = pytest.importorskip("mlflow")

    def read(uri: str) -> list[Any]:
        client = mlflow.MlflowClient(uri)
        experiment = client.get_experiment_by_name("isthmus").experiment_id
        return client.search_runs([experiment], order_by=["attributes.start_time ASC"])

    return read
