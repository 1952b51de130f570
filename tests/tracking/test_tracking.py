"""What trackers keep, read back by the libraries that their files are for."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isthmus import Autoencoder
from isthmus.commands import main
from isthmus.errors import Diverged, MissingExtra
from isthmus.tracking import MLflow, Several, TensorBoard
from isthmus.training import Epoch, Saving

COLUMNS = ("loss", "held_out_loss", "held_out_mse", "held_out_score", "learning_rate", "seconds")


class Stop:
    """A watcher that presses Ctrl-C after an epoch."""

    def __init__(self, after: int):
        self.after = after

    def step(self, done: float, loss: float) -> None:
        pass

    def epoch(self, epoch: Epoch) -> None:
        if epoch.epoch == self.after:
            raise KeyboardInterrupt


def program(*arguments: object) -> int:
    """The exit code of the program."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


def history(ae: Autoencoder, column: str) -> list[tuple[int, float]]:
    """Epochs and values of a column, where it has one."""
    rows = [(epoch.epoch, getattr(epoch, column)) for epoch in ae.history_]
    return [(step, np.float32(value)) for step, value in rows if value is not None]


def test_tensorboard_reads_a_fits_history(quick, rows, tmp_path, curves) -> None:
    ae = quick().fit(rows, watcher=TensorBoard(tmp_path / "curves"))
    read = curves(tmp_path / "curves")
    assert set(read) == set(COLUMNS)
    for column in COLUMNS:
        assert read[column] == history(ae, column)
    assert len(read["loss"]) == 3


def test_tensorboard_reads_settings(quick, rows, tmp_path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    quick().fit(rows, watcher=TensorBoard(tmp_path, about={"data": "rows"}))
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    content = events.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    settings = HParamsPluginData.FromString(content).session_start_info.hparams
    assert settings["data"].string_value == "rows"
    assert settings["network.name"].string_value == "dense"
    assert settings["network.hidden"].string_value == "[16]"
    assert settings["training.epochs"].number_value == 3


def test_another_fit_takes_the_place_of_the_first(quick, rows, tmp_path, curves) -> None:
    tracker = TensorBoard(tmp_path)
    quick(training={"epochs": 5}).fit(rows, watcher=tracker)
    ae = quick().fit(rows, watcher=tracker)
    assert curves(tmp_path)["held_out_loss"] == history(ae, "held_out_loss")


def test_mlflow_reads_a_fits_history_and_settings(quick, rows, tmp_path, kept) -> None:
    from mlflow import MlflowClient

    uri = (tmp_path / "runs").as_uri()
    ae = quick().fit(rows, watcher=MLflow(uri, run_name="first", about={"data": "rows"}))
    (run,) = kept(uri)
    assert run.info.run_name == "first"
    assert run.info.status == "FINISHED"
    assert run.data.params["data"] == "rows"
    assert run.data.params["network.hidden"] == "[16]"
    assert run.data.params["random_state"] == "0"
    client = MlflowClient(uri)
    for column in COLUMNS:
        read = client.get_metric_history(run.info.run_id, column)
        assert [(m.step, np.float32(m.value)) for m in read] == history(ae, column)


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
def test_mlflow_keeps_it_in_a_database_unless_told_otherwise(
    quick, rows, tmp_path, kept, monkeypatch
) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path / 'kept.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    ae = quick().fit(rows, watcher=MLflow())
    (run,) = kept(uri)
    assert run.data.metrics["held_out_mse"] == ae.history_[-1].held_out_mse
    assert run.data.params["training.epochs"] == "3"


def test_a_fit_that_goes_on_is_one_fit_to_trackers(quick, rows, tmp_path, curves, kept) -> None:
    uri = (tmp_path / "runs").as_uri()

    def trackers() -> list[Any]:
        return [TensorBoard(tmp_path / "curves"), MLflow(uri, run_name="it", key="here")]

    def saving(resume: bool) -> Saving:
        return Saving(tmp_path / "checkpoint.safetensors", "this fit", resume)

    settings = {"epochs": 5, "batch_size": 32}
    # Ctrl-C comes after the third epoch was kept and before it was saved, so it is told twice.
    watcher = Several(*trackers(), Stop(after=3))
    quick(training=settings).fit(rows, saving=saving(False), watcher=watcher)
    ae = quick(training=settings)
    ae.fit(rows, saving=saving(True), watcher=Several(*trackers()))
    assert curves(tmp_path / "curves")["loss"] == history(ae, "loss")
    (run,) = kept(uri)
    assert run.data.metrics["loss"] == ae.history_[-1].loss
    MLflow(uri, run_name="it", key="elsewhere").epoch(ae.history_[-1])
    assert len(kept(uri)) == 2


def test_a_fit_that_fails_is_told_to_have_failed(quick, rows, tmp_path, kept) -> None:
    uri = (tmp_path / "runs").as_uri()
    wild = quick(training={"optimizer": "sgd", "learning_rate": 1e30, "schedule": "constant"})
    with np.errstate(all="ignore"), pytest.raises(Diverged):
        wild.fit(rows, watcher=Several(MLflow(uri), TensorBoard(tmp_path / "curves")))
    assert kept(uri)[0].info.status == "FAILED"


def test_a_run_is_kept_with_its_results_and_pcas(rows, tmp_path, curves, kept, capsys) -> None:
    np.save(tmp_path / "rows.npy", rows)
    out, uri = tmp_path / "runs" / "mine", (tmp_path / "kept").as_uri()
    fit = ("fit", tmp_path / "rows.npy", "-k", "2", "--epochs", "2", "--out", out)
    assert program(*fit, "--track", "tensorboard", "--track", f"mlflow={uri}") == 0
    assert "report" in capsys.readouterr().out
    metrics = json.loads((out / "metrics.json").read_text())
    read = curves(tmp_path / "runs" / "tensorboard" / "mine")
    (run,) = kept(uri)
    for name in ("mse", "pca_mse"):
        assert read[f"test/{name}"] == [(2, np.float32(metrics["test"][name]))]
        assert run.data.metrics[f"test/{name}"] == metrics["test"][name]
        at_1 = metrics["by_code_size"][0][name]
        assert run.data.metrics[f"by_code_size/1/{name}"] == at_1
    assert len(read["held_out_mse"]) == 3
    assert run.data.params["request.data"] == str(tmp_path / "rows.npy")
    assert run.info.run_name == "mine"
    files = Path(run.info.artifact_uri.removeprefix("file://"))
    assert {path.name for path in files.iterdir()} >= {"model", "report.html", "metrics.json"}
    assert not (files / "codes.parquet").exists()
    assert program(*fit, "--force", "--track", "tensorbord") == 2
    assert "did you mean 'tensorboard'" in capsys.readouterr().err


@pytest.mark.parametrize("where", ["a file", "no database", "nobody"])
def test_a_tracker_that_fails_loses_no_fit(quick, rows, tmp_path, where) -> None:
    (tmp_path / "file").write_bytes(b"this is no database")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tracker = {
        "a file": lambda: TensorBoard(tmp_path / "file"),
        "no database": lambda: MLflow(f"nonsense:///{tmp_path / 'file'}"),
        "nobody": lambda: MLflow(f"http://127.0.0.1:{port}"),
    }[where]()
    with pytest.warns(UserWarning, match="keeps nothing more") as caught:
        ae = quick().fit(rows, watcher=tracker)
    assert ae.n_iter_ == 3
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_loses_no_fit(quick, rows, tmp_path, curves) -> None:
    class Filling(TensorBoard):
        """Writes to a full device from the second epoch on."""

        def epoch(self, epoch: Epoch) -> None:
            if epoch.epoch == 2:
                self._events._file.close()
                self._events._records._writer = full
            super().epoch(epoch)

    said: list[str] = []
    with Path("/dev/full").open("wb", buffering=0) as full:
        ae = quick().fit(rows, watcher=Filling(tmp_path, warn=said.append))
    assert ae.n_iter_ == 3
    (line,) = said
    assert line.startswith("tensorboard keeps nothing more: [Errno 28]")
    assert [step for step, _ in curves(tmp_path)["loss"]] == [1]


def test_the_program_says_that_a_tracker_failed_in_a_line(rows, tmp_path, capsys) -> None:
    np.save(tmp_path / "rows.npy", rows)
    (tmp_path / "file").touch()
    fit = ("fit", tmp_path / "rows.npy", "-k", "2", "--epochs", "1", "--out", tmp_path / "run")
    assert program(*fit, "--track", f"tensorboard={tmp_path / 'file'}") == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("warning: tensorboard keeps nothing more") for line in lines) == 1
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("library", "make", "extra"),
    [
        ("tensorboard", lambda: TensorBoard("curves"), "tensorboard"),
        ("mlflow", MLflow, "mlflow"),
    ],
)
def test_a_missing_library_gives_its_install_line(monkeypatch, library, make, extra) -> None:
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=rf'pip install "isthmus\[{extra}\]"'):
        make()
