"""What a user has stays where a command would write over it by mistake, whatever --force says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from isthmus.commands.app import _add_verbs, app
from isthmus.commands.options import _READ, _WRITTEN

#: Commands of a folder with table.csv, codes.parquet, a run, and other/notes.txt.
MISTAKES = {
    "codes over their rows": "encode run table.csv --out table.csv",
    "scores over their rows": "score run table.csv --out table.csv",
    "items over the run": "decode run codes.parquet --out run --force",
    "items over another run": "decode run codes.parquet --out second --force",
    "items over the codes' folder": "decode run codes.parquet --out ../here --force",
    "a model over that of the run": "export run --onnx --out run/model --force",
    "codes over the model": "encode run table.csv --out run/model/config.json",
    "a model over its run": "export run --onnx --out run --force",
    "drawn items over the current folder": "generate run --out . --force",
    "a run over the current folder": "fit table.csv --out . --force",
    "a run over a folder of other things": "fit table.csv --out other --force",
    "a search over a folder of other things": "tune table.csv --trials 1 --out other --force",
    "a run over a file": "fit table.csv --out table.csv --force",
    "a run in a file": "fit table.csv --epochs 1 --out table.csv/run",
}


@pytest.fixture(scope="module")
def here(program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands."""
    folder = tmp_path_factory.mktemp("above") / "here"
    (folder / "other").mkdir(parents=True)
    (folder / "other" / "notes.txt").write_text("mine")
    rows = np.random.default_rng(0).normal(size=(60, 5))
    np.savetxt(folder / "table.csv", rows, delimiter=",", header="a,b,c,d,e", comments="")
    for name in ("run", "second"):
        fit = ("fit", folder / "table.csv", "-k", 2, "--epochs", 1, "--out", folder / name)
        assert program(*fit) == 0
    codes = folder / "codes.parquet"
    assert program("encode", folder / "run", folder / "table.csv", "--out", codes) == 0
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_nothing_is_written_over_by_mistake(
    here: Path,
    program,
    mistake: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(here)
    before = contents(here)
    assert program(*MISTAKES[mistake].split()) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("error: ")
    assert "write" in said[0]
    assert contents(here) == before


def test_a_result_beside_what_it_is_of_is_no_mistake(
    here: Path, program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here)
    for _ in range(2):
        codes = ("encode", "run", "table.csv", "--out", "run/again.parquet")
        assert program(*codes) == 0
        assert program("decode", "run", "codes.parquet", "--out", "run/items", "--force") == 0
    assert program("fit", "table.csv", "-k", 2, "--epochs", 1, "--out", "second", "--force") == 0
    (here / "empty").mkdir()
    fit = ("fit", "table.csv", "-k", 2, "--epochs", 1, "--out", "empty", "--force")
    assert program(*fit) == 0


def test_codes_are_not_written_over_rows_that_are_called_as_they_would_be(
    here: Path, program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pd.read_csv(here / "table.csv").to_parquet("codes.parquet")
    before = contents(tmp_path)
    assert program("encode", here / "run", "codes.parquet") == 2
    assert contents(tmp_path) == before


@pytest.mark.parametrize("data", ["digits", "table.csv"])
def test_a_run_may_be_called_as_its_data_or_its_preset(
    here: Path, program, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A preset is no file, nor is a built-in set, whatever lies there."""
    monkeypatch.chdir(here)
    out = "digits" if data == "digits" else "linear"
    for _ in range(2):
        fit = ("fit", data, "--preset", "linear", "-k", 2, "--epochs", 1, "--out", out, "--force")
        assert program(*fit) == 0


def test_all_that_verbs_read_is_watched() -> None:
    """What the arguments of verbs are, but names of items and of places on a hub."""
    _add_verbs()
    others = {"first", "last", "number", "user", "repository", "out"}
    for command in typer.main.get_command(app).commands.values():
        arguments = {each.name for each in command.params if each.param_type_name == "argument"}
        if any(each.name in _WRITTEN for each in command.params):
            assert arguments - others <= set(_READ), command.name


def test_a_long_value_of_an_option_is_no_path(here: Path, program, tmp_path: Path) -> None:
    """Neither is one that begins with a tilde; both are refused for what they are."""
    out = tmp_path / "out"
    out.mkdir()
    fit = ("fit", here / "table.csv", "--out", out, "--force", "--set")
    for value in ("training__augment=" + "x" * 5000, "~nobody-of-this-name=1"):
        assert program(*fit, value) == 2
    assert list(out.iterdir()) == []


def test_data_that_grew_since_are_not_taken_for_those_of_the_fit(
    here: Path,
    program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was fitted could lie among the test items then, and alarms be judged by it."""
    monkeypatch.chdir(tmp_path)
    frame = pd.read_csv(here / "table.csv")
    frame.to_csv("table.csv", index=False)
    assert program("fit", "table.csv", "-k", 2, "--epochs", 1, "--out", "run") == 0
    pd.concat([frame, frame[:9]]).to_csv("table.csv", index=False)
    before = contents(tmp_path)
    for command in ("score run table.csv", "report run", "choose run --keep 0.1"):
        assert program(*command.split()) == 2
        assert "has 69 items now, and run was fitted to and tested on 60" in capsys.readouterr().err
    assert contents(tmp_path) == before
    frame.to_csv("table.csv", index=False)
    assert program("score", "run", "table.csv") == 0
