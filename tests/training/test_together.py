"""Two processes fit as one does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PROGRAM = Path(__file__).with_name("together_program.py")
PATIENCE = 120


def free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


def environment(**own: object) -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1"} | {name: str(value) for name, value in own.items()}


def begin_two(arguments: list[object], **settings: object) -> list[subprocess.Popen[str]]:
    """Two processes of one program, as a launcher starts them."""
    shared = {
        "WORLD_SIZE": 2,
        "LOCAL_WORLD_SIZE": 2,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": free_port(),
        "ACCELERATE_USE_CPU": "true",
    }
    return [
        subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            env=environment(RANK=rank, LOCAL_RANK=rank, **shared),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **settings,
        )
        for rank in range(2)
    ]


def ended(begun: list[subprocess.Popen[str]]) -> list[subprocess.CompletedProcess[str]]:
    told = [(process, *process.communicate(timeout=PATIENCE)) for process in begun]
    return [
        subprocess.CompletedProcess(process.args, process.returncode, out, err)
        for process, out, err in told
    ]


def by_two(arguments: list[object], **settings: object) -> list[subprocess.CompletedProcess[str]]:
    return ended(begin_two(arguments, **settings))


def found_by_two(what: str, folder: Path) -> list[dict]:
    for process in by_two([PROGRAM, what, folder]):
        assert process.returncode == 0, process.stderr
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


def found_alone(what: str, folder: Path) -> dict:
    subprocess.run([sys.executable, PROGRAM, what, folder], env=environment(), check=True)
    return json.loads((folder / "alone.json").read_text())


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> dict[str, Any]:
    """What two processes found, the same in both."""
    first, second = found_by_two("fits,statistics,sums,refusals", tmp_path_factory.mktemp("two"))
    assert first == second
    return first


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> dict[str, Any]:
    return found_alone("fits,statistics", tmp_path_factory.mktemp("one"))


def test_two_processes_take_the_steps_of_one(both, alone) -> None:
    for name, tensors in alone["fits"].items():
        for by_one, by_both in zip(tensors, both["fits"][name], strict=True):
            np.testing.assert_allclose(by_both, by_one, rtol=2e-3, atol=2e-4, err_msg=name)


def test_statistics_and_principal_components_are_of_all_items(both, alone) -> None:
    for name, values in alone["statistics"].items():
        for by_one, by_both in zip(values, both["statistics"][name], strict=True):
            np.testing.assert_allclose(by_both, by_one, rtol=1e-3, atol=1e-5, err_msg=name)


def test_gradients_are_added_in_long_and_in_short_messages(both) -> None:
    x = np.linspace(1, 2, 9)
    for name, tolerance in (("whole", 1e-6), ("short", 2**-7)):
        of_both, of_one, of_none = both["sums"][name]
        np.testing.assert_allclose(of_both, 1.5 * x, rtol=tolerance)
        np.testing.assert_allclose(of_one, 0.5 * x, rtol=tolerance)
        assert of_none is None


def test_what_one_finds_wrong_both_say(both) -> None:
    errors = both["refusals"]["errors"]
    assert errors[0] == "nothing here"
    assert len(errors) == 2


def test_a_signal_to_one_ends_both_alike(tmp_path: Path) -> None:
    first, second = (found["stopped"] for found in found_by_two("stopped", tmp_path))
    assert first["interrupted"]
    assert first == second


FIT = ["-m", "isthmus", "fit", "digits", "-k", "3", "--seed", "0", "--out", "run"]


def test_a_run_is_written_once(tmp_path: Path) -> None:
    first, second = by_two([*FIT, "--epochs", "2"], cwd=tmp_path)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "test mse" in first.stdout
    assert not second.stdout
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["epochs"] == 2
    assert metrics["test"]["mse"] < metrics["test"]["pca_mse"]
    # Both say what is wrong by their exit code, one of them in words.
    again = by_two(FIT, cwd=tmp_path)
    assert [process.returncode for process in again] == [2, 2]
    assert "run exists" in again[0].stderr
    assert not again[1].stderr


def test_a_fit_of_two_goes_on_as_one(tmp_path: Path) -> None:
    run, epochs = tmp_path / "run", 30
    begun = begin_two([*FIT, "--epochs", epochs], cwd=tmp_path)
    while not (tmp_path / "run.part" / "checkpoint.safetensors").exists():
        assert begun[0].poll() is None
        time.sleep(0.01)
    begun[0].send_signal(signal.SIGTERM)
    assert [process.returncode for process in ended(begun)] == [0, 0]
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["interrupted"]
    assert metrics["epochs"] < epochs
    subprocess.run([sys.executable, *FIT, "--resume"], cwd=tmp_path, env=environment(), check=True)
    metrics = json.loads((run / "metrics.json").read_text())
    assert (metrics["interrupted"], metrics["epochs"]) == (False, epochs)


def test_the_launcher_starts_them(tmp_path: Path) -> None:
    launch = ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    settings = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    port = ["--main_process_port", str(free_port())]
    fit = ["-m", "isthmus", "fit", "digits", "-k", "2", "--epochs", "1", "--out", "run"]
    subprocess.run(
        [sys.executable, *launch, *settings, *port, *fit],
        cwd=tmp_path,
        env=environment(),
        check=True,
        timeout=PATIENCE,
    )
    assert (tmp_path / "run" / "report.html").exists()
