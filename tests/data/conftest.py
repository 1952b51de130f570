from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for every test."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("ISTHMUS_CACHE", str(folder))
    return folder


@pytest.fixture
def real_data() -> Path:
    """The folder of real data sets, where there is one."""
    chosen = os.environ.get("ISTHMUS_DATA")
    if not chosen:
        pytest.skip("ISTHMUS_DATA is not set")
    return Path(chosen)
