from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isthmus.autoencoder import Autoencoder
from isthmus.runs.job import fit_run
from isthmus.runs.request import Request
from isthmus.runs.uses import Own

fastapi = pytest.importorskip("fastapi", reason="the page needs isthmus[explore]")


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory) -> Path:
    """A run of 1,797 digits of 8x8, codes of six numbers; not to be changed."""
    run = tmp_path_factory.mktemp("explorer") / "digits"
    fit_run(Request(data="digits", n_components=6, epochs=2), run)
    return run


@pytest.fixture(scope="session")
def mapped_run(digits_run) -> Path:
    """The same with a map, as ``isthmus map`` leaves it."""
    run = digits_run.with_name("mapped")
    shutil.copytree(digits_run, run)
    own = Own.of(run)
    mapping = Autoencoder(2, training={"epochs": 2}, random_state=0).fit(own.codes)
    mapping.save(run / "map" / "model")
    x, y = mapping.transform(own.codes).T
    pq.write_table(pa.table({"id": own.ids.tolist(), "x": x, "y": y}), run / "map.parquet")
    return run


@pytest.fixture(scope="session")
def table_run(tmp_path_factory) -> Path:
    """A run of 200 rows with a category, and ids that could be taken for numbers."""
    folder = tmp_path_factory.mktemp("rows")
    chance = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "id": [f"row/{i}" for i in range(200)],
            "size": chance.normal(size=200),
            "weight": chance.normal(size=200) * 9,
            "colour": chance.choice(["red", "green"], 200),
            "label": chance.choice(["<b>bold</b>", "plain"], 200),
        }
    )
    frame.to_csv(folder / "rows.csv", index=False)
    fit_run(Request(data=str(folder / "rows.csv"), n_components=2, epochs=1), folder / "run")
    return folder / "run"


@pytest.fixture(scope="session")
def app_of():
    """Makes the server of a run."""
    from isthmus.explorer.server import create_app

    return create_app


@pytest.fixture
def copied(digits_run, tmp_path) -> Path:
    """A copy of the run that may be changed."""
    return Path(shutil.copytree(digits_run, tmp_path / "run"))


@pytest.fixture(scope="session")
def serve(app_of):
    """Runs the page of a run on a port of its own; gives its address, and ends with the tests."""
    uvicorn = pytest.importorskip("uvicorn", reason="the page needs isthmus[explore]")
    servers = []

    def start(run: Path) -> str:
        config = uvicorn.Config(app_of(run), port=0, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        for _ in range(200):
            if server.started:
                break
            time.sleep(0.05)
        servers.append((server, thread))
        port = server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/"

    start.stop = lambda: _stop(servers)  # type: ignore[attr-defined]
    yield start
    _stop(servers)


def _stop(servers: list) -> None:
    while servers:
        server, thread = servers.pop()
        server.should_exit = True
        thread.join(timeout=5)


@pytest.fixture(scope="session")
def digits_page(serve, mapped_run) -> Iterator[str]:
    """The address of the page of digits with a map."""
    return serve(mapped_run)
