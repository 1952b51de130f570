"""``isthmus score``, as a user meets it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from isthmus.commands import main


def run(*arguments: str) -> int:
    """The exit code of the program."""
    try:
        main(list(arguments))
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


def readings(n: int, seed: int) -> pd.DataFrame:
    """Two sensors that follow one cause, one that does not, and a kind."""
    rng = np.random.default_rng(seed)
    cause, kind = rng.normal(size=n), rng.choice(["a", "b"], n)
    noise = rng.normal(0, 0.1, (2, n))
    columns = {"flow": cause + noise[0], "pressure": 50 - 20 * cause + noise[1]}
    return pd.DataFrame({"id": [f"part-{i}" for i in range(n)], **columns, "kind": kind})


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four hundred normal rows."""
    folder = tmp_path_factory.mktemp("line")
    readings(400, 0).to_csv(folder / "normal.csv", index=False)
    command = ["fit", str(folder / "normal.csv"), "-k", "2", "--epochs", "2"]
    assert run(*command, "--out", str(folder / "run")) == 0
    return folder / "run"


def test_odd_rows_are_found_and_said_why(
    line: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = readings(60, 1)
    # Each reading is usual, both together are not.
    new.loc[[7, 31], ["flow", "pressure"]] = [[1.5, 80.0], [-1.5, 20.0]]
    new = new.sample(frac=1, random_state=0)
    new.to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "scores.parquet"
    assert run("score", str(line), str(tmp_path / "new.csv"), "--out", str(out)) == 0
    found = pd.read_parquet(out)
    assert found["id"].tolist() == new["id"].tolist()
    assert list(found) == ["id", "score", "p_value", "odd", "because"]
    ranked = found.sort_values("score", ascending=False)
    assert set(ranked["id"][:2]) == {"part-7", "part-31"}
    odd = found.set_index("id").loc[["part-7", "part-31"]]
    assert odd["odd"].all()
    assert odd["because"].str.contains("flow|pressure").all()
    assert found["because"].isna().equals(~found["odd"])
    assert f"{found['odd'].sum()} of 60 items are odd" in capsys.readouterr().out
    # 40 held-out rows: no p-value below 1 in 41.
    assert found["p_value"].min() == pytest.approx(1 / 41)


def test_rows_with_missing_cells_have_no_score_and_the_others_theirs(
    line: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, out = readings(30, 2), tmp_path / "scores.parquet"
    new.to_csv(tmp_path / "whole.csv", index=False)
    new.loc[[4, 20], "flow"] = np.nan
    new.to_csv(tmp_path / "gaps.csv", index=False)
    scores = []
    for name in ("whole.csv", "gaps.csv"):
        assert run("score", str(line), str(tmp_path / name), "--out", str(out)) == 0
        scores.append(pd.read_parquet(out))
    assert "2 have missing cells and no score" in capsys.readouterr().out
    whole, gaps = scores
    assert gaps.index[gaps["score"].isna()].tolist() == [4, 20]
    kept = gaps["score"].notna()
    assert gaps["score"][kept].to_numpy() == pytest.approx(whole["score"][kept].to_numpy())
    assert gaps["odd"].isna().sum() == 2


def test_maps_show_where_pictures_are_odd(tmp_path: Path) -> None:
    rng, normal, new = np.random.default_rng(0), tmp_path / "normal", tmp_path / "new"
    for folder, n in ((normal, 80), (new, 3)):
        folder.mkdir()
        for i in range(n):
            y, x = np.mgrid[:16, :16] / 8
            level = 0.5 + 0.4 * np.sin(x + y + rng.uniform(0, 6))
            pixels = np.rint(255 * level).astype(np.uint8)
            if folder is new and i == 1:
                pixels[2:6, 10:14] = 255 - pixels[2:6, 10:14]
            Image.fromarray(pixels).save(folder / f"{i}.png")
    command = ["fit", str(normal), "-k", "4", "--epochs", "20", "--out", str(tmp_path / "run")]
    assert run(*command) == 0
    out, maps = tmp_path / "scores.parquet", tmp_path / "maps"
    score = ["score", str(tmp_path / "run"), str(new), "--out", str(out), "--maps", str(maps)]
    assert run(*score, "--false-alarms", "0.2") == 0
    found = pd.read_parquet(out).set_index("id")
    assert "because" not in found
    assert found["score"].idxmax() == "1.png"
    assert found["odd"]["1.png"]
    heat = np.asarray(Image.open(maps / "1.png")).astype(float)
    assert heat[2:6, 10:14].mean() > 4 * heat[8:].mean()
    assert len(list(maps.iterdir())) == found["odd"].sum()
    assert run(*score) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--maps", "maps"], "for pictures"),
        (["--false-alarms", "1.5"], "false_alarms"),
    ],
)
def test_what_cannot_be_is_refused(
    line: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("score", str(line), str(line.parent / "normal.csv"), *arguments) == 2
    assert message in capsys.readouterr().err
    assert not Path("scores.parquet").exists()
