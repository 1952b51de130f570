"""``isthmus bench`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isthmus.commands import main


def run(*arguments: str) -> int:
    try:
        main(list(arguments))
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


def test_a_contest_writes_results_and_plots_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    out = tmp_path / "out"
    arguments = [
        "bench",
        str(tmp_path / "rows.npy"),
        "-k",
        "3",
        "--rivals",
        "pca",
        "--out",
        str(out),
    ]
    assert run(*arguments, "--seeds", "1") == 0
    assert "seed 0  pca, 3 numbers: mse" in capsys.readouterr().out
    results = json.loads((out / "bench.json").read_text())
    assert results["data"]["n_test"] == 6
    assert {"processor", "torch"} <= set(results["machine"])
    (measured,) = results["runs"]
    assert [row["k"] for row in measured["points"][0]["by_code_size"]] == [1, 2, 3]
    assert (out / "seconds.svg").exists()
    assert (out / "size.svg").exists()
    assert sorted(path.name for path in out.iterdir()) == ["bench.json", "seconds.svg", "size.svg"]
    assert run(*arguments, "--seeds", "2") == 0
    said = capsys.readouterr().out
    assert "seed 0  pca, 3 numbers: done before" in said
    assert "seed 1  pca, 3 numbers: mse" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rivals", "pcaa"], "'pca'"),
        (["--seconds", "5;15"], "'5;15'"),
        (["--sizes", "2.5"], "whole numbers"),
        (["--seeds", "0"], "seeds=0"),
        (["--python", "keras"], "LIBRARY=PATH"),
        (["--python", "keras=/no/such"], "/no/such"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("bench", "digits", "-k", "4", *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert words in error
    assert not list(tmp_path.iterdir())
