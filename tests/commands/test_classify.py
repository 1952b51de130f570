"""``isthmus classify``, as a user meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def run(three_kinds, tmp_path):
    """A copy of the run, to leave the others' as it was."""
    return Path(shutil.copytree(three_kinds / "run", tmp_path / "run"))


@pytest.fixture
def names(three_kinds):
    """The class of each row."""
    return np.array(["red", "green", "blue"])[np.load(three_kinds / "kinds.npy")]


def write_labels(path: Path, labels: dict[str, object]) -> Path:
    pd.DataFrame(list(labels.items()), columns=["ID", "Label"]).to_csv(path, index=False)
    return path


def some(names: np.ndarray, each: int) -> dict[str, object]:
    return {f"row-{i}": name for name in set(names) for i in np.flatnonzero(names == name)[:each]}


def test_classes_of_all_rows_are_told_by_nine(program, run, names, tmp_path, capsys):
    labels = some(names, 3)
    path = write_labels(tmp_path / "labels.csv", labels)
    assert program("classify", run, path) == 0
    found = pd.read_parquet(run / "classes.parquet")
    assert found["id"].tolist() == [f"row-{i}" for i in range(240)]
    assert (found["told"] == names).mean() > 0.97
    assert found["given"].notna().sum() == 9
    shares = found[["share red", "share green", "share blue"]].to_numpy()
    assert shares.sum(1) == pytest.approx(1.0)
    assert found["probability"].to_numpy() == pytest.approx(shares.max(1))
    said = capsys.readouterr().out
    assert "of 9 held-out labels are told" in said
    assert "to label next: row-" in said
    assert 'id="classes"' in (run / "report.html").read_text(encoding="utf-8")


def test_pictures_are_named_by_their_files(program, digit_pictures, tmp_path):
    run = Path(shutil.copytree(digit_pictures / "run", tmp_path / "run"))
    ids = pd.read_parquet(run / "codes.parquet", columns=["id", "label"])
    first = ids.groupby("label").head(4)
    path = write_labels(tmp_path / "labels.csv", dict(first.to_numpy().tolist()))
    assert program("classify", run, path) == 0
    found = pd.read_parquet(run / "classes.parquet")
    assert (found["told"] == ids["label"]).mean() > 0.9
    record = json.loads((run / "classes.json").read_text(encoding="utf-8"))
    assert not set(record["next"]["ids"]) & set(first["id"])
    # In the middle of each way it changes which class is likelier. Shares may jump there, where
    # other neighbours become the nearest.
    for way in record["borders"]:
        shares = np.array(way["shares"])
        assert shares[3, 0] == pytest.approx(shares[3, 1], abs=0.3)
        assert (shares[:3, 0] > shares[:3, 1]).all()
        assert (shares[3:, 0] <= shares[3:, 1]).all()
    page = (run / "report.html").read_text(encoding="utf-8")
    assert page.count("Where one class becomes another") == 1


def test_numbers_are_told_and_their_error_said(program, three_kinds, run, tmp_path, capsys):
    table = pd.read_csv(three_kinds / "table.csv")
    wanted = 3 * table["a"] - table["c"]
    labels = {f"row-{i}": wanted[i] for i in range(0, 240, 4)}
    path = write_labels(tmp_path / "labels.csv", labels)
    assert program("classify", run, path, "--numbers") == 0
    found = pd.read_parquet(run / "classes.parquet")
    assert np.corrcoef(found["told"], wanted)[0, 1] > 0.97
    assert "held-out values are told to" in capsys.readouterr().out


def test_new_rows_are_told(program, three_kinds, run, names, tmp_path):
    table = pd.read_csv(three_kinds / "table.csv").iloc[::-5]
    table.to_csv(tmp_path / "new.csv", index=False)
    path, out = write_labels(tmp_path / "labels.csv", some(names, 4)), tmp_path / "new.parquet"
    assert program("classify", run, path, "--data", tmp_path / "new.csv", "--out", out) == 0
    new = pd.read_parquet(out)
    assert new["id"].tolist() == table["id"].tolist()
    assert (new["told"] == names[table.index]).mean() > 0.97


def test_an_encoder_may_be_tuned_and_the_run_keeps_its_own(
    program, three_kinds, run, names, tmp_path, capsys
):
    table = pd.read_csv(three_kinds / "table.csv").iloc[::-5]
    table.to_csv(tmp_path / "new.csv", index=False)
    path, out = write_labels(tmp_path / "labels.csv", some(names, 6)), tmp_path / "new.parquet"
    before = (run / "model" / "model.safetensors").read_bytes()
    options = ("--fine-tune", "--data", tmp_path / "new.csv", "--out", out)
    assert program("classify", run, path, *options) == 0
    record = json.loads((run / "classes.json").read_text(encoding="utf-8"))
    assert record["fine_tuned"] is (record["way"] == "FineTunedClasses")
    said = capsys.readouterr().out
    assert ("the encoder was tuned" in said) is record["fine_tuned"]
    assert "tuned by the labels" in said
    assert (pd.read_parquet(run / "classes.parquet")["told"] == names).mean() > 0.97
    assert (pd.read_parquet(out)["told"] == names[table.index]).mean() > 0.97
    assert (run / "model" / "model.safetensors").read_bytes() == before


def test_too_few_labels_are_said_to_be(program, run, names, tmp_path, capsys):
    assert program("classify", run, write_labels(tmp_path / "one.csv", some(names, 1))) == 0
    assert "cannot be judged" in capsys.readouterr().out
    at_random = {f"row-{i}": "ab"[i % 2] for i in range(12)}
    assert program("classify", run, write_labels(tmp_path / "chance.csv", at_random)) == 0
    assert "too few labels" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("id,label\nrow-1,red\nrow-999,blue\n", "1 of 2 ids are of no item of the run"),
        ("id,label\nrow-1,red\nrow-1,blue\n", "gives 'row-1' two labels"),
        ("id,colour\nrow-1,red\n", "expected two named id and label"),
        ("id,label\nrow-1,\n", "no label"),
        ("id,label\n", "no rows"),
        ("", "is empty"),
    ],
)
def test_bad_labels_are_one_line_and_leave_nothing(program, run, tmp_path, capsys, lines, said):
    path = tmp_path / "labels.csv"
    path.write_text(lines, encoding="utf-8")
    assert program("classify", run, path) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (run / "classes.parquet").exists()


def test_text_where_numbers_were_said_is_refused(program, run, names, tmp_path, capsys):
    path = write_labels(tmp_path / "labels.csv", some(names, 2))
    assert program("classify", run, path, "--numbers") == 2
    assert "leave out --numbers" in capsys.readouterr().err


def test_no_such_file(program, run, tmp_path, capsys):
    assert program("classify", run, tmp_path / "nowhere.csv") == 2
    assert "no file" in capsys.readouterr().err
