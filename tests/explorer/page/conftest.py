from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from isthmus.explorer.server import create_app
from isthmus.runs.job import fit_run
from isthmus.runs.mapped import map_run
from isthmus.runs.request import Request


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
    map_run(run, epochs=2)
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
def maps_run(mapped_run) -> Path:
    """The same with another map beside, as ``isthmus map --beside tsne`` leaves it."""
    run = Path(shutil.copytree(mapped_run, mapped_run.with_name("maps")))
    table = pq.read_table(run / "map.parquet")
    turned = {"tsne_x": table["y"], "tsne_y": table["x"]}
    for name, column in turned.items():
        table = table.append_column(name, column)
    pq.write_table(table, run / "map.parquet")
    figures = {"trustworthiness": 0.91, "continuity": 0.92, "distances": 0.5, "told": 0.873}
    record = json.loads((run / "map.json").read_text())
    (run / "map.json").write_text(json.dumps(record | {"tsne": figures}))
    return run


@pytest.fixture(scope="session")
def app_of():
    """Makes the server of a run."""
    return create_app


@pytest.fixture
def copied(digits_run, tmp_path) -> Path:
    """A copy of the run that may be changed."""
    return Path(shutil.copytree(digits_run, tmp_path / "run"))


@pytest.fixture(scope="session")
def serve(serving):
    """Runs the page of a run on a port of its own; gives its address, and ends with the tests."""
    with ExitStack() as servers:
        yield lambda run: f"{servers.enter_context(serving(create_app(run))).base_url}/"


@pytest.fixture(scope="session")
def digits_page(serve, mapped_run) -> str:
    """The address of the page of digits with a map."""
    return serve(mapped_run)
