"""A run of digits, and servers in threads that real clients ask."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
import uvicorn
from fastapi import FastAPI
from sklearn.datasets import load_digits

from isthmus.commands import main
from isthmus.explorer.listening import listen
from isthmus.explorer.server import create_app

Serving = Callable[[FastAPI], AbstractContextManager[httpx.Client]]


def program(*arguments: object) -> None:
    """Run the program, which has to succeed."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 0


def fit(*arguments: object) -> None:
    program("fit", *arguments, "--epochs", "1")


@contextmanager
def in_a_thread(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of a server that answers at a free port as long as this lasts."""
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    host, port = listening.getsockname()
    try:
        with httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture(scope="session")
def serving() -> Serving:
    return in_a_thread


@pytest.fixture(scope="session")
def pixels() -> np.ndarray:
    """Pictures as the run was fitted to, (50, 8, 8), 0..255."""
    return np.floor(load_digits().images[:50] * 15.9)


@pytest.fixture(scope="session")
def digit_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with codes of four numbers, ordered, and no map."""
    run = tmp_path_factory.mktemp("explored") / "run"
    fit("digits", "-k", "4", "--out", run)
    return run


@pytest.fixture(scope="session")
def mapped_run(digit_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a map."""
    run = tmp_path_factory.mktemp("mapped") / "run"
    shutil.copytree(digit_run, run)
    program("map", run, "--epochs", "1")
    return run


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of two numbers and a kind; runs of it lie beside."""
    rng = np.random.default_rng(0)
    cause, kind = rng.normal(size=120), rng.choice(["red", "blue"], 120)
    columns = {"flow": cause, "pressure": 50 - 20 * cause + rng.normal(0, 0.1, 120), "kind": kind}
    path = tmp_path_factory.mktemp("table") / "table.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def table_run(table: Path) -> Path:
    run = table.with_name("codes")
    fit(table, "-k", "2", "--out", run)
    return run


@pytest.fixture(scope="session")
def restoring_run(table: Path) -> Path:
    """It fills in missing cells, and has no short code."""
    run = table.with_name("restores")
    fit(table, "--restore", "cells", "--out", run)
    return run


@pytest.fixture(scope="session")
def client(mapped_run: Path) -> Iterator[httpx.Client]:
    """A client of a server of the run with a map."""
    with in_a_thread(create_app(mapped_run)) as asking:
        yield asking
