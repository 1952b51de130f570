"""``isthmus tune``: what it leaves in a run, and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isthmus import Autoencoder, load
from isthmus.files import holding
from isthmus.runs.folder import RunFolder
from isthmus.runs.request import Request
from isthmus.runs.tuned import tune_run
from isthmus.uses.studies import Keeper, known_study


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Rows that bend, so that something can be learnt of them."""
    rng = np.random.default_rng(0)
    rows = np.tanh(rng.standard_normal((200, 2)) @ rng.standard_normal((2, 6)))
    path = tmp_path_factory.mktemp("tune") / "table.csv"
    pd.DataFrame(rows, columns=list("abcdef")).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def tuned(program, table) -> Path:
    """A run of ten trials."""
    run = table.parent / "run"
    assert program("tune", table, *SMALL, "--trials", 10, "--out", run) == 0
    return run


SMALL = ["-k", 2, "--epochs", 4, "--preset", "undercomplete", "--seed", 1]


def read(run: Path, name: str) -> dict:
    return json.loads((run / f"{name}.json").read_text())


def test_a_run_is_left_as_fit_leaves_it_with_the_search_beside(program, tuned, table, capsys):
    record, metrics = read(tuned, "tuning"), read(tuned, "metrics")
    names = {"model", "fit.json", "metrics.json", "history.csv", "codes.parquet", "report.html"}
    assert {path.name for path in tuned.iterdir()} == names | {"tuning.json", "study.log"}
    assert {path.name for path in tuned.parent.iterdir()} == {"run", "table.csv"}
    assert [trial["number"] for trial in record["trials"]] == list(range(10))
    first = record["trials"][0]
    assert first["default"]
    assert first["values"] == record["before"]
    best = record["trials"][record["best"]]
    assert best["value"] == min(trial["value"] for trial in record["trials"])
    # The run is the best trial fitted again: its held-out loss is the trial's.
    history = pd.read_csv(tuned / "history.csv")
    assert history["held_out_score"].min() == pytest.approx(best["value"], rel=1e-12)
    assert (
        load(tuned).settings()["training"]["learning_rate"]
        == (best["values"]["training__learning_rate"])
    )
    assert metrics["epochs"] == 4
    # An ordinary fit of the request that was kept ends the same.
    request = Request.from_dict(read(tuned, "fit")["request"])
    ae = Autoencoder.from_preset("undercomplete", 2, random_state=1, scale="columns")
    ae.set_params(**request.settings, training__epochs=4)
    rows = pd.read_csv(table).to_numpy()
    train = (pd.read_parquet(tuned / "codes.parquet")["split"] == "train").to_numpy()
    codes = ae.fit(rows, subset=np.flatnonzero(train)).transform(rows)
    np.testing.assert_allclose(codes, load(tuned).transform(rows), atol=1e-6)
    # Other verbs take it for a run.
    assert program("report", tuned) == 0
    page = (tuned / "report.html").read_text()
    assert 'id="trials"' in page
    assert f"best: trial {record['best']}" in page
    capsys.readouterr()


def test_a_finished_search_goes_on(program, tuned, table, capsys):
    before = read(tuned, "tuning")["trials"]
    again = ["tune", table, "--out", tuned]
    assert program(*again, *SMALL) == 2
    assert "--resume goes on with its search" in capsys.readouterr().err
    # What was said before need not be said again; enough trials are there.
    assert program(*again, "--resume", "--trials", 10) == 0
    assert "trial   " not in capsys.readouterr().out
    assert program(*again, "--resume", "--trials", 11) == 0
    trials = read(tuned, "tuning")["trials"]
    assert trials[:10] == before
    assert len(trials) == 11
    assert read(tuned, "metrics")["preset"] == "undercomplete"


def test_processes_share_a_search_and_a_killed_one_is_made_up_for(program, table, tmp_path, capsys):
    run = tmp_path / "run"
    asked = ["tune", str(table), *map(str, SMALL), "--set", "training__patience=100"]
    many = [*asked, "--trials", "500", "--out", str(run)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "isthmus", *many], env=environment, stdout=subprocess.DEVNULL
    )
    part = run.with_name("run.part")
    try:
        wait_for(lambda: trials(part), process)
        request = Request(
            data=str(table),
            preset="undercomplete",
            n_components=2,
            epochs=4,
            seed=1,
            settings={"training__patience": 100},
        )
        for verb in (["fit", str(table)], asked):
            assert program(*verb, "--out", run, "--force") == 2
            assert "another process is at" in capsys.readouterr().err
        done = len(trials(part))
        # As soon as both are at it, the other is killed in the middle of something.
        told = []

        def kill(found, trial):
            told.append(trial.number)
            if len(told) == 2:
                process.send_signal(signal.SIGKILL)
                process.wait()

        tuned = tune_run(request, run, done + 8, told=kill)["tuning"]
    finally:
        process.kill()
        process.wait()
    numbers = [trial["number"] for trial in tuned["trials"]]
    assert len(numbers) >= done + 8
    assert len(told) < len(numbers), "the other process did nothing"
    assert sum(trial["default"] for trial in tuned["trials"]) == 1
    assert os.listdir(tmp_path) == ["run"]
    assert "study.log.processes" not in os.listdir(run)


def trials(part: Path) -> list:
    study = known_study(part / "study.log", "isthmus")
    return [] if study is None else [t for t in study.trials if t.state.is_finished()]


def wait_for(found, process: subprocess.Popen, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert process.poll() is None
        assert time.monotonic() < end, "the other process did not begin"
        time.sleep(0.05)


def test_a_search_that_others_are_at_is_not_replaced(program, table, tmp_path, capsys):
    out, storage = tmp_path / "run", tmp_path / "study.log"
    asked = [table, *SMALL, "--out", out]
    search = ["tune", *asked, "--trials", 2, "--storage", storage]
    assert program(*search) == 0
    name = Request(data=str(table), preset="undercomplete", n_components=2).run_name
    study = known_study(storage, name)
    with Keeper(storage, study).present():
        assert program(*search, "--force") == 2
    assert "other processes are at the search" in capsys.readouterr().err
    assert len(known_study(storage, name).trials) == len(study.trials) == 2
    # So it is while what a search found is fitted.
    with holding(RunFolder(out).search_lock):
        for verb in (["fit"], ["tune", "--trials", 1]):
            assert program(*verb, *asked, "--force") == 2
            assert "another process is at" in capsys.readouterr().err
    assert program(*search, "--force") == 0


def test_users_and_their_items_are_tuned_too(program, tmp_path):
    rng = np.random.default_rng(0)
    pairs = pd.DataFrame(rng.integers(0, 30, (600, 2)), columns=["user", "item"])
    pairs.drop_duplicates().to_csv(tmp_path / "pairs.csv", index=False)
    run = tmp_path / "run"
    asked = ["tune", tmp_path / "pairs.csv", "--preset", "recommend", "-k", 4, "--epochs", 1]
    assert program(*asked, "--trials", 2, "--out", run) == 0
    assert "Search for settings" in (run / "report.html").read_text()
    assert read(run, "metrics")["lists"]["n_users"] > 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--trials", 0], "n_trials=0"),
        (["--preset", "undercomplte"], "did you mean 'undercomplete'?"),
        (["--preset", "dense-20"], "validation=0 holds nothing out"),
        (["--epochs", 2, "--minutes", 2], "not both"),
        (["--storage", "nosuch://host/name"], "cannot be used"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_leaves_nothing(
    program, table, tmp_path, capsys, asked, words
):
    run = tmp_path / "run"
    assert program("tune", table, "-k", 2, "--out", run, *asked) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_runs_and_studies_of_something_else_are_refused(program, three_kinds, tmp_path, capsys):
    table, run = three_kinds / "table.csv", three_kinds / "run"
    assert program("tune", table, "--out", run) == 2
    assert program("tune", table, "--out", run, "--resume") == 2
    assert "no search to go on with" in capsys.readouterr().err
    storage, asked = tmp_path / "study.log", ["-k", 2, "--trials", 1, "--epochs", 1]
    first = ["tune", table, *asked, "--storage", storage, "--out", tmp_path / "a"]
    assert program(*first) == 0
    other = tmp_path / "other" / "table.csv"
    other.parent.mkdir()
    pd.read_csv(table).iloc[::-1].to_csv(other, index=False)
    again = ["tune", other, *asked, "--storage", storage, "--out", tmp_path / "b"]
    assert program(*again) == 2
    assert "of other data or settings" in capsys.readouterr().err
    assert not (tmp_path / "b.part").exists()
    assert program(*again, "--force") == 0


def test_a_missing_extra_is_said_in_one_line(program, table, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    for name in ("isthmus.uses.studies", "isthmus.uses.tuning", "isthmus.runs.tuned"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert program("tune", table, "--out", tmp_path / "run") == 2
    assert 'pip install "isthmus[tune]"' in capsys.readouterr().err
