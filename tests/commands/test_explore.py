"""``isthmus explore``, as a user meets it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

Program = Callable[..., int]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be served and opened, instead of doing so."""
    found: dict[str, Any] = {"opened": []}

    def serve(app: Any, listening: socket.socket) -> None:
        found.update(app=app, address=listening.getsockname())

    monkeypatch.setattr("isthmus.explorer.listening.serve", serve)
    monkeypatch.setattr("webbrowser.open", found["opened"].append)
    return found


def test_on_this_machine_it_opens_without_a_token(
    program: Program, three_kinds: Path, served: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program("explore", three_kinds / "run", "--port", "0") == 0
    host, port = served["address"]
    assert host == "127.0.0.1"
    assert served["opened"] == [f"http://127.0.0.1:{port}/"]
    assert f"http://127.0.0.1:{port}/\n" in capsys.readouterr().out


@pytest.mark.parametrize("given", [None, "my-token"])
def test_for_others_it_demands_a_token(
    program: Program,
    three_kinds: Path,
    served: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    given: str | None,
) -> None:
    token = [] if given is None else ["--token", given]
    explore = ["explore", three_kinds / "run", "--host", "0.0.0.0", "--port", "0", "--no-open"]
    assert program(*explore, *token) == 0
    assert served["opened"] == []
    found = re.search(r"http://127\.0\.0\.1:\d+/\?token=(\S+)", capsys.readouterr().out)
    assert found is not None
    assert found[1] == given if given else len(found[1]) >= 32
    (guard,) = [m for m in served["app"].user_middleware if "token" in m.kwargs]
    assert guard.kwargs["token"] == found[1]


def test_what_cannot_be_is_one_line(
    program: Program,
    three_kinds: Path,
    tmp_path: Path,
    served: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = three_kinds / "run"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert program("explore", run, "--port", port) == 2
    assert capsys.readouterr().err == (
        f"error: port {port} of 127.0.0.1 is taken; --port 0 takes a free one.\n"
    )
    assert program("explore", tmp_path / "none") == 2
    assert "is no run" in capsys.readouterr().err
    assert program("explore", run, "--token", "a b") == 2
    assert "token" in capsys.readouterr().err
    assert program("explore", run, "--host", "192.0.2.1", "--port", "0") == 2
    assert "192.0.2.1" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert program("explore", run) == 2
    assert 'pip install "isthmus[explore]"' in capsys.readouterr().err
    assert "app" not in served


def test_ctrl_c_ends_it(three_kinds: Path) -> None:
    command = [sys.executable, "-m", "isthmus", "explore", three_kinds / "run", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Elsewhere Ctrl-C may be ignored by what is started in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        found = httpx.get(f"{address[0]}healthz", trust_env=False, timeout=30)
        assert found.json() == {"status": "ok"}
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
        assert (process.returncode, error) == (0, "")
    finally:
        process.kill()
        process.communicate()
