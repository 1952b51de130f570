from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def make_job(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Writes a job as the worker reads it, with the rows of a two-dimensional cloud."""

    def make(script: str | Path, **changes: Any) -> dict[str, Any]:
        rng = np.random.default_rng(0)
        causes = rng.standard_normal((300, 2)) * [1.0, 0.5]
        rows = causes @ rng.standard_normal((2, 6)) + 0.2 * rng.standard_normal((300, 6))
        np.save(tmp_path / "train.npy", rows[:200].astype(np.float32))
        np.save(tmp_path / "test.npy", rows[200:].astype(np.float32))
        if isinstance(script, str):
            (tmp_path / "rival.py").write_text(script)
            script = tmp_path / "rival.py"
        job = {
            "script": str(script),
            "data": str(tmp_path),
            "result": str(tmp_path / "result.json"),
            "item_shape": [6],
            "n_components": 2,
            "sizes": [2],
            "seed": 0,
            "threads": 1,
            "epochs": None,
            "seconds": None,
            "noise": 0.0,
            "options": {},
            "packages": ["numpy"],
            **changes,
        }
        (tmp_path / "job.json").write_text(json.dumps(job))
        return job

    return make


@pytest.fixture
def make_run() -> Callable[..., dict[str, Any]]:
    """A run as the results keep it, from (seconds, epochs, test error) of each measurement."""

    def make(rival: str, *points: tuple[float, int | None, float], **changes: Any) -> Any:
        names = ("seconds", "epochs", "test_mse")
        job = {
            "rival": rival,
            "n_components": 4,
            "seed": 0,
            "epochs": 2,
            "seconds": None,
            "noise": 0.0,
            "threads": 1,
        }
        rest = {key: changes.pop(key) for key in ("complete",) if key in changes}
        measured = [dict(zip(names, point, strict=True)) for point in points]
        return {"job": {**job, **changes}, "complete": True, "points": measured, **rest}

    return make
