"""The command line as a user meets it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from isthmus import load, open_data
from isthmus.commands import main
from isthmus.commands.app import others_are_running
from isthmus.runs.codes_file import read_codes


def run(*arguments: str) -> int:
    """The exit code of the program."""
    try:
        main(list(arguments))
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    assert run("fit", "digits", "-k", "4", "--epochs", "1", "--out", str(folder / "run")) == 0
    return folder / "run"


def test_fit_prints_pca_beside_and_where_the_report_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.npy"
    np.save(rows, np.random.default_rng(0).normal(size=(60, 5)))
    assert run("fit", str(rows), "-k", "2", "--epochs", "1", "--out", str(tmp_path / "run")) == 0
    out = capsys.readouterr().out
    assert "PCA" in out
    assert str(tmp_path / "run" / "report.html") in out.replace("\n", "")


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="this system tells it otherwise")
def test_a_program_that_takes_a_core_is_noticed() -> None:
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(0.2)
        assert others_are_running()
    finally:
        spinning.kill()
        spinning.wait()


def test_encode_then_decode_by_identifier(fitted: Path, tmp_path: Path) -> None:
    codes, pictures = tmp_path / "codes.parquet", tmp_path / "pictures"
    assert run("encode", str(fitted), "digits", "--out", str(codes)) == 0
    frame = pd.read_parquet(codes)
    assert list(frame.columns) == ["id", "label", "split", "c0", "c1", "c2", "c3"]
    assert len(frame) == 1797
    assert run("decode", str(fitted), str(codes), "--out", str(pictures)) == 0
    assert len(list(pictures.iterdir())) == 1797
    with Image.open(pictures / "5.png") as picture:
        assert picture.size == (8, 8)
    assert run("decode", str(fitted), str(codes), "--out", str(pictures)) == 2


def test_codes_searched_for_rebuild_better(tmp_path: Path) -> None:
    fitted, errors = tmp_path / "run", []
    command = ("fit", "digits", "-k", "4", "--preset", "undercomplete", "--epochs", "3")
    assert run(*command, "--out", str(fitted)) == 0
    for steps in ("0", "3"):
        codes = tmp_path / f"{steps}.parquet"
        command = ("encode", str(fitted), "digits", "--search-steps", steps)
        assert run(*command, "--out", str(codes)) == 0
        ae, (_, numbers) = load(fitted), read_codes(codes)
        errors.append(np.square(ae.inverse_transform(numbers) - open_data("digits").items).mean())
    assert errors[1] < errors[0]
    bad = tmp_path / "bad.parquet"
    command = ("encode", str(fitted), "digits", "--search-steps", "-1")
    assert run(*command, "--out", str(bad)) == 2
    assert not bad.exists()


def test_shorter_codes_decode(fitted: Path, tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "c0": [0.0, 1.0], "c1": [1.0, 0.0]})
    frame.to_parquet(tmp_path / "short.parquet")
    out = tmp_path / "out"
    assert run("decode", str(fitted), str(tmp_path / "short.parquet"), "--out", str(out)) == 0
    assert {path.name for path in out.iterdir()} == {"a.png", "b.png"}


def test_presets_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("presets", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(set(row) == {"name", "summary", "source", "slots", "n_parameters"} for row in rows)
    assert {"linear", "vae", "scenes-1024"} <= {row["name"] for row in rows}


def test_datasets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("datasets") == 0
    assert "digits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fit", "digit"], "'digits'"),
        (["fit", "digits", "--preset", "liner"], "'linear'"),
        (["fit", "digits", "-k", "0"], "n_components"),
        (["fit", "digits", "--epochs", "2", "--minutes", "1"], "not both"),
        (["fit", "digits", "--set", "training__patiense=3"], "'patience'"),
        (["fit", "digits", "--set", "nonsense"], "NAME=VALUE"),
        (["fit", "digits", "--set", "wrong=3"], "wrong"),
        (["fit", "some.csv"], "some.csv"),
        (["fit", "digits", "--size", "12"], "HEIGHTxWIDTH"),
        (["encode", "nowhere", "digits"], "nowhere"),
        (["decode", "nowhere", "codes.parquet", "--out", "x"], "nowhere"),
        (["report", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert words in error
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_help_needs_no_torch() -> None:
    code = """
import sys
from isthmus.commands import main
try:
    main(["--help"])
except SystemExit:
    pass
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_full_disk_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    rows = tmp_path / "rows.npy"
    np.save(rows, np.random.default_rng(0).normal(size=(60, 5)))
    monkeypatch.setattr(os, "replace", refuse)
    assert run("fit", str(rows), "-k", "2", "--epochs", "1", "--out", str(tmp_path / "run")) == 2
    assert "the disk is full" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_choose_names_the_size_and_pcas(fitted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("choose", str(fitted), "--psnr", "13") == 0
    out = capsys.readouterr().out
    assert re.search(r"^[1-4] numbers: 1\d\.\d\d dB, .* of the variance, mse 0\.0", out)
    assert "PCA takes" in out
    assert run("choose", str(fitted), "--keep", "0.99") == 2
    assert "fit with a larger n_components (-k)" in capsys.readouterr().err
