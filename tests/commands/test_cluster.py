"""``isthmus cluster``, as a user meets it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import v_measure_score


@pytest.fixture
def run(three_kinds, tmp_path):
    """A copy of the run, to leave the others' as it was."""
    return Path(shutil.copytree(three_kinds / "run", tmp_path / "run"))


def test_kinds_are_counted_and_written_in_the_users_order(program, three_kinds, run, capsys):
    assert program("cluster", run) == 0
    found = pd.read_parquet(run / "clusters.parquet")
    assert found["id"].tolist() == [f"row-{i}" for i in range(240)]
    assert v_measure_score(np.load(three_kinds / "kinds.npy"), found["kind"]) > 0.95
    assert "3 kinds; halves of the items have the same" in capsys.readouterr().out
    # Ranks count through each kind, the most typical being 0.
    for _, kind in found.groupby("kind"):
        assert sorted(kind["rank"]) == list(range(len(kind)))


def test_the_report_has_a_section_that_stays(program, run):
    assert program("cluster", run, "-n", "3") == 0
    assert program("report", run) == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    record = json.loads((run / "clusters.json").read_text(encoding="utf-8"))
    assert 'id="kinds"' in page
    for kind in record["kinds"]:
        assert kind["typical"]["ids"][0] in page


def test_pictures_of_kinds_are_shown_and_compared_with_labels(program, digit_pictures, tmp_path):
    run = Path(shutil.copytree(digit_pictures / "run", tmp_path / "run"))
    assert program("cluster", run, "-n", "3") == 0
    record = json.loads((run / "clusters.json").read_text(encoding="utf-8"))
    assert record["v_measure"] > 0.8
    assert record["n_items"] == sum(kind["size"] for kind in record["kinds"])
    page = (run / "report.html").read_text(encoding="utf-8")
    section = re.search(r'<section id="kinds".*?</section>', page, re.S).group()
    # Of each kind the mean, seven typical members and seven odd ones.
    assert section.count("<img") == 3 * 15
    assert "(V-measure)" in section


def test_new_items_are_told(program, three_kinds, run, tmp_path):
    table = pd.read_csv(three_kinds / "table.csv").iloc[::-7]
    table.to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "new.parquet"
    assert program("cluster", run, "-n", 3, "--data", tmp_path / "new.csv", "--out", out) == 0
    new, own = pd.read_parquet(out), pd.read_parquet(run / "clusters.parquet")
    assert new["id"].tolist() == table["id"].tolist()
    both = new.merge(own, on="id")
    assert (both["kind_x"] == both["kind_y"]).mean() > 0.97


def test_a_wish_that_cannot_be_is_one_line_and_leaves_nothing(program, run, capsys):
    assert program("cluster", run, "-n", "500") == 2
    error = capsys.readouterr().err
    assert "n_samples=240" in error
    assert "at least 500" in error
    assert error.count("\n") == 1
    assert not (run / "clusters.json").exists()


def test_a_run_without_short_codes_is_refused(program, digit_pictures, tmp_path, capsys):
    fit = ["fit", digit_pictures / "pictures", "--preset", "restore-noise", "--epochs", "1"]
    assert program(*fit, "--out", tmp_path / "restorer") == 0
    assert program("cluster", tmp_path / "restorer") == 2
    assert "no short code" in capsys.readouterr().err
