"""Runs pushed by the program, and verbs that take them from the hub."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from isthmus.commands import main
from isthmus.model_files import CARD, CONFIG, WEIGHTS


def program(*arguments: object) -> int:
    """The exit code of the program."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with a category, and a run of it."""
    folder = tmp_path_factory.mktemp("secret-place")
    rng = np.random.default_rng(0)
    causes = rng.normal(size=(80, 2))
    frame = pd.DataFrame(causes @ rng.normal(size=(2, 4)), columns=list("abcd"))
    frame["kind"] = np.where(causes[:, 0] > 0, "up", "down")
    frame.insert(0, "id", [f"row-{i}" for i in range(80)])
    frame.to_csv(folder / "table.csv", index=False)
    command = ["fit", folder / "table.csv", "-k", "2", "--epochs", "1", "--out", folder / "run"]
    assert program(*command) == 0
    return folder


def test_a_pushed_run_encodes_and_decodes_like_the_run(hub, folder, tmp_path, capsys) -> None:
    assert program("push", folder / "run", "user/table", "--licence", "mit") == 0
    repository = hub.repositories["user/table"]
    assert f'isthmus.load("hub:user/table@{repository.sha("main")}")' in capsys.readouterr().out
    for run in (folder / "run", "hub:user/table"):
        name = Path(run).name
        codes, out = tmp_path / f"{name}.parquet", tmp_path / name
        assert program("encode", run, folder / "table.csv", "--out", codes) == 0
        assert program("decode", run, codes, "--out", out) == 0
    here, there = tmp_path / "run", tmp_path / "table"
    pd.testing.assert_frame_equal(
        pd.read_parquet(f"{there}.parquet"), pd.read_parquet(f"{here}.parquet")
    )
    assert (there / "decoded.csv").read_bytes() == (here / "decoded.csv").read_bytes()


def test_what_is_pushed_says_how_good_it_is_and_not_where_data_lie(hub, folder) -> None:
    assert program("push", folder / "run", "user/told", "--data", "rows of two causes") == 0
    files = hub.repositories["user/told"].files
    assert set(files) == {CONFIG, WEIGHTS, CARD, "fit.json"}
    assert not any(b"secret-place" in data for data in files.values())
    assert json.loads(files["fit.json"])["request"]["data"] == "table.csv"
    test = json.loads((folder / "run" / "metrics.json").read_text())["test"]
    _, head, body = files[CARD].decode().split("---\n", 2)
    (index,) = yaml.safe_load(head)["model-index"]
    (result,) = index["results"]
    assert result["dataset"] == {"type": "table", "name": "rows of two causes"}
    told = [metric["value"] for metric in result["metrics"]]
    np.testing.assert_allclose(told, [test["mse"], test["pca_mse"]], rtol=1e-4)
    assert "- Data: rows of two causes" in body
    assert f"| 2 | {test['mse']:.5g} | {test['pca_mse']:.5g} |" in body


def test_what_verbs_need_of_a_run_is_named(hub, folder, tmp_path, capsys) -> None:
    assert program("push", folder / "run", "user/verbs") == 0
    good = hub.repositories["user/verbs"].files
    hub.add("user/python", {name: good[name] for name in (CONFIG, WEIGHTS, CARD)})
    hub.add("user/newer", {**good, "fit.json": b'{"request": {"data": "x", "unheard": 1}}'})
    refusals = {
        ("report", "hub:user/verbs"): "a model on the hub, without its run's items",
        ("encode", "hub:user/python", "digits"): "a model without its run's fit.json",
        ("encode", "hub:user/newer", "digits"): "damaged or of a newer Isthmus",
        ("encode", "hub:user/none", "digits"): "has no repository user/none",
        ("push", tmp_path, "user/x"): "is no run",
        ("push", folder / "run", "x"): "expected user/name",
    }
    capsys.readouterr()
    for command, words in refusals.items():
        assert program(*command) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
