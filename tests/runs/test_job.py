"""The main job: what a run holds, and what an interruption leaves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine

from isthmus import load
from isthmus.errors import BadInput, BadSetting, CannotWrite, RunExists
from isthmus.runs.codes_file import read_codes
from isthmus.runs.job import fit_run
from isthmus.runs.request import Request
from isthmus.runs.tuned import tune_run
from isthmus.training import Epoch


class Interrupt:
    """A watcher that presses Ctrl-C after an epoch."""

    def __init__(self, after: int):
        self.after = after

    def step(self, done: float, loss: float) -> None:
        pass

    def epoch(self, epoch: Epoch) -> None:
        if epoch.epoch == self.after:
            raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report has its own tests and takes seconds; here a page stands for it."""

    def page(path: Path, *_: object, **__: object) -> None:
        path.write_text("<html></html>")

    monkeypatch.setattr("isthmus.runs.job.write_report", page)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.npy"
    np.save(path, np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32))
    return path


def request(path: Path, **changes: object) -> Request:
    return Request(str(path), **{"n_components": 3, "epochs": 4, **changes})  # type: ignore[arg-type]


def weights(run: Path) -> bytes:
    return (run / "model" / "model.safetensors").read_bytes()


def test_run_holds_everything(rows: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    metrics = fit_run(request(rows), run)
    names = {path.name for path in run.iterdir()}
    assert names == {
        "model", "fit.json", "metrics.json", "history.csv", "codes.parquet", "report.html",
    }  # fmt: skip
    assert json.loads((run / "metrics.json").read_text()) == metrics
    assert [row["k"] for row in metrics["by_code_size"]] == [1, 2, 3]
    assert metrics["test"]["mse"] == metrics["by_code_size"][-1]["mse"]
    assert metrics["n_train"] == 108
    assert metrics["n_test"] == 12
    history = pd.read_csv(run / "history.csv")
    assert list(history["epoch"]) == [0, 1, 2, 3, 4]


def test_codes_are_the_models_in_the_users_order(rows: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    fit_run(request(rows), run)
    ids, codes = read_codes(run / "codes.parquet")
    assert list(ids) == [str(i) for i in range(120)]
    np.testing.assert_allclose(codes, load(run).transform(np.load(rows)), rtol=1e-5, atol=1e-6)
    split = pd.read_parquet(run / "codes.parquet")["split"]
    assert dict(split.value_counts()) == {"train": 108, "test": 12}


def test_an_existing_run_is_refused_and_kept(rows: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    fit_run(request(rows), run)
    before = weights(run)
    with pytest.raises(RunExists, match="--force"):
        fit_run(request(rows, seed=1), run)
    assert weights(run) == before
    fit_run(request(rows, seed=1), run, force=True)
    assert weights(run) != before


def test_a_failed_refit_leaves_the_old_run_whole(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    fit_run(request(rows), run)
    before = weights(run)

    def full(*_: object, **__: object) -> None:
        raise CannotWrite("cannot write codes: the disk is full.")

    monkeypatch.setattr("isthmus.runs.job.write_codes", full)
    with pytest.raises(CannotWrite):
        fit_run(request(rows, seed=1), run, force=True)
    assert weights(run) == before


def test_ctrl_c_leaves_a_usable_run_that_can_go_on(rows: Path, tmp_path: Path) -> None:
    whole, run = tmp_path / "whole", tmp_path / "run"
    fit_run(request(rows), whole)
    metrics = fit_run(request(rows), run, watcher=Interrupt(2))
    assert metrics["interrupted"]
    assert load(run).transform(np.load(rows)).shape == (120, 3)
    with pytest.raises(RunExists):
        fit_run(request(rows), run)
    metrics = fit_run(request(rows), run, resume=True)
    assert not metrics["interrupted"]
    assert weights(run) == weights(whole)
    assert not (run / "checkpoint.safetensors").exists()


def test_resume_needs_no_repeated_options(rows: Path, tmp_path: Path) -> None:
    whole, run = tmp_path / "whole", tmp_path / "run"
    fit_run(request(rows, seed=3), whole)
    fit_run(request(rows, seed=3), run, watcher=Interrupt(1))
    fit_run(Request(str(rows)), run, resume=True)
    assert weights(run) == weights(whole)


def test_resume_with_other_settings_is_refused(rows: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    fit_run(request(rows), run, watcher=Interrupt(1))
    with pytest.raises(BadSetting, match="other data or settings"):
        fit_run(request(rows, n_components=2), run, resume=True)


def test_resume_of_a_finished_run_changes_nothing(rows: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    metrics = fit_run(request(rows), run)
    assert fit_run(request(rows), run, resume=True) == metrics


def test_bad_data_leave_nothing_behind(tmp_path: Path) -> None:
    values = np.zeros((30, 3))
    values[7, 2] = np.nan
    path = tmp_path / "bad.npy"
    np.save(path, values)
    with pytest.raises(BadInput, match=r"row 7.*'?x?2'?"):
        fit_run(request(path), tmp_path / "run")
    assert [p.name for p in tmp_path.iterdir()] == ["bad.npy"]


def test_tables_are_standardised_and_encoded_alike(tmp_path: Path) -> None:
    wine = load_wine(as_frame=True)
    frame = wine.frame.assign(colour=np.where(wine.target == 1, "red", "white"))
    frame.to_csv(tmp_path / "wine.csv", index=False)
    metrics = fit_run(request(tmp_path / "wine.csv", epochs=2), tmp_path / "run")
    assert metrics["unit"] == "standardised columns"
    fit = json.loads((tmp_path / "run" / "fit.json").read_text())
    assert "colour=red" in fit["columns"]


def test_kill_at_any_moment_then_resume_gives_the_same_bits(rows: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "isthmus", "fit", str(rows), "-k", "3", "--epochs", "40"]
    whole, run = tmp_path / "whole", tmp_path / "run"
    subprocess.run([*command, "--out", str(whole)], check=True, capture_output=True)
    process = subprocess.Popen([*command, "--out", str(run)], stdout=subprocess.DEVNULL)
    checkpoint = tmp_path / "run.part" / "checkpoint.safetensors"
    while not checkpoint.exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGSTOP)
    for way in ({"resume": True}, {"force": True}):
        with pytest.raises(RunExists, match=r"another process is at .*run\.part"):
            fit_run(request(rows), run, **way)
    with pytest.raises(RunExists, match=r"another process is at .*run\.part"):
        tune_run(request(rows), run, 1, force=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    subprocess.run([*command, "--out", str(run), "--resume"], check=True, capture_output=True)
    assert weights(run) == weights(whole)


def test_constant_columns_are_reported(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"]).assign(b=7.0)
    frame.to_csv(tmp_path / "t.csv", index=False)
    metrics = fit_run(request(tmp_path / "t.csv", n_components=2), tmp_path / "run")
    assert metrics["data"]["constant_columns"] == ["b"]
    assert np.isfinite(metrics["test"]["mse"])


def test_items_that_are_all_the_same_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "same.npy", np.ones((30, 4)))
    with pytest.raises(BadInput, match="nothing to learn"):
        fit_run(request(tmp_path / "same.npy"), tmp_path / "run")


def test_rows_of_bytes_are_pixels_and_of_floats_are_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "bytes.npy", rng.integers(0, 255, (40, 6), dtype=np.uint8))
    np.save(tmp_path / "floats.npy", rng.normal(size=(40, 6)))
    units = [
        fit_run(request(tmp_path / name, epochs=1), tmp_path / f"run-{name}")["unit"]
        for name in ("bytes.npy", "floats.npy")
    ]
    assert units == ["pixel range 0..1", "standardised columns"]
