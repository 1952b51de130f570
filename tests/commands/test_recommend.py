"""``isthmus recommend``, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.commands.conftest import Program

SONGS = [f"{style} {i}" for style in ("jazz", "punk", "folk") for i in range(8)]


def listened(n: int, seed: int) -> pd.DataFrame:
    """Who heard which song: most of one style, few of the others."""
    rng = np.random.default_rng(seed)
    styles = np.array([song.split()[0] for song in SONGS])
    rows = []
    for i in range(n):
        likes = styles == ("jazz", "punk", "folk")[i % 3]
        chosen = np.flatnonzero(rng.random(len(SONGS)) < np.where(likes, 0.6, 0.04))
        rows += [(f"user-{i}", SONGS[song], int(rng.integers(1, 6))) for song in chosen]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])


@pytest.fixture(scope="module")
def heard(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table, heard.csv, and a run of it."""
    folder = tmp_path_factory.mktemp("heard")
    listened(240, 0).to_csv(folder / "heard.csv", index=False)
    fit = ["fit", folder / "heard.csv", "--preset", "recommend", "-k", 6, "--epochs", 12]
    assert program(*fit, "--out", folder / "run") == 0
    return folder


def test_the_run_says_how_good_its_lists_are(heard: Path) -> None:
    metrics = json.loads((heard / "run" / "metrics.json").read_text())
    rank = metrics["lists"]["rank"]
    assert set(rank) == {"both", "network", "linear", "popularity"}
    assert rank["both"]["ndcg"] > 1.5 * rank["popularity"]["ndcg"]
    assert 0 < metrics["ratings"]["rmse"] < 2
    assert metrics["test"] == {"mse": None, "pca_mse": None}
    codes = pd.read_parquet(heard / "run" / "codes.parquet")
    assert codes["id"].tolist() == listened(240, 0)["user_id"].unique().tolist()
    page = (heard / "run" / "report.html").read_text()
    assert "What it recommends" in page
    assert "jazz 3" in page


def test_a_user_of_the_run(program: Program, heard: Path, capsys: pytest.CaptureFixture) -> None:
    assert program("recommend", heard / "run", "user-3", "-n", 4) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    had = listened(240, 0).query("user_id == 'user-3'")["item_id"].tolist()
    assert first.startswith("user-3 has jazz")
    assert len(lines) == 4
    assert all("would rate" in line for line in lines)
    offered = [line.split(maxsplit=5)[5] for line in lines]
    assert not set(offered) & set(had)
    assert offered[0].startswith("jazz")


def test_a_new_user(program: Program, heard: Path, capsys: pytest.CaptureFixture) -> None:
    likes = ["--likes", "punk 1", "--likes", "punk 2", "--likes", "punk 5"]
    assert program("recommend", heard / "run", *likes, "-n", 3) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert all(line.split(maxsplit=2)[2].startswith("punk") for line in lines)


def test_lists_for_all_users(program: Program, heard: Path, tmp_path: Path) -> None:
    out = tmp_path / "lists.parquet"
    assert program("recommend", heard / "run", "-n", 5, "--out", out) == 0
    lists = pd.read_parquet(out)
    table = listened(240, 0)
    assert lists["user"].unique().tolist() == table["user_id"].unique().tolist()
    assert (lists.groupby("user")["rank"].max() == 5).all()
    both = lists.merge(table, left_on=["user", "item"], right_on=["user_id", "item_id"])
    assert both.empty
    assert lists["rating"].between(1, 5).all()
    assert (lists.groupby("user")["score"].diff().dropna() <= 0).all()


def test_other_users(
    program: Program, heard: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    new = pd.concat(
        [
            listened(9, 5),
            pd.DataFrame([("cold", "opera", 5)], columns=["user_id", "item_id", "rating"]),
        ]
    )
    new.to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "lists.parquet"
    command = ["recommend", heard / "run", "--data", tmp_path / "new.csv", "--out", out]
    assert program(*command) == 0
    assert "1 items that were not there at the fit are left out" in capsys.readouterr().out
    lists = pd.read_parquet(out)
    assert lists["user"].unique().tolist() == new["user_id"].unique().tolist()
    first = lists[lists["rank"] == 1].set_index("user")["item"]
    assert first["user-1"].startswith("punk")


def test_the_report_is_drawn_anew(program: Program, heard: Path) -> None:
    path = heard / "run" / "report.html"
    before = path.read_text()
    path.unlink()
    assert program("report", heard / "run") == 0
    assert before == path.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "there is no user 'nobody' among the 240"),
        (["--likes", "jaz 3"], "there is no item 'jaz 3' among the 24"),
        (["--likes", "PUNK"], "did you mean 'punk"),
        (["user-1", "--data", "x.csv"], "give --data, or a user or --likes, not both"),
    ],
)
def test_what_cannot_be_is_said(
    program: Program, heard: Path, capsys: pytest.CaptureFixture, arguments: list[str], said: str
) -> None:
    assert program("recommend", heard / "run", *arguments) == 2
    assert said in capsys.readouterr().err


def test_other_runs_do_not_recommend(
    program: Program, three_kinds: Path, capsys: pytest.CaptureFixture
) -> None:
    assert program("recommend", three_kinds / "run", "row-1") == 2
    assert "was not fitted to recommend" in capsys.readouterr().err


def test_rebuilding_verbs_say_that_there_is_nothing_to_rebuild(
    program: Program, heard: Path, capsys: pytest.CaptureFixture
) -> None:
    verbs = (
        ["score", heard / "run", heard / "heard.csv"],
        ["generate", heard / "run", "--out", heard / "new"],
        ["choose", heard / "run", "--psnr", 20],
        ["decode", heard / "run", heard / "run" / "codes.parquet", "--out", heard / "back"],
    )
    for verb in verbs:
        assert program(*verb) == 2
        assert "recommends" in capsys.readouterr().err


def test_users_can_be_clustered(program: Program, heard: Path) -> None:
    assert program("cluster", heard / "run", "-n", 3) == 0
    kinds = pd.read_parquet(heard / "run" / "clusters.parquet")
    styles = kinds["id"].str.removeprefix("user-").astype(int) % 3
    assert pd.crosstab(kinds["kind"], styles).max(axis=1).sum() > 0.8 * len(kinds)
