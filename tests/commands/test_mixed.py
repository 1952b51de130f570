"""``isthmus fit FOLDER --table``, and what can be done with such a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

SIDE, N = 8, 60


@pytest.fixture(scope="module")
def place(tmp_path_factory, program) -> Path:
    """A folder of spots, a table of where they are, and a run fitted to both."""
    place = tmp_path_factory.mktemp("mixed")
    rng = np.random.default_rng(0)
    at = rng.uniform(1, SIDE - 2, (N, 2))
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), -1)
    pixels = 255 * np.exp(-np.square(grid - at[:, None, None]).sum(-1) / 2)
    for i, picture in enumerate(pixels.astype(np.uint8)):
        path = place / "spots" / ("up" if at[i, 0] < SIDE / 2 else "down") / f"spot{i:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    table = pd.DataFrame({"name": [f"spot{i:02}.tif" for i in range(N)], "row": at[:, 0]})
    table["side"] = np.where(at[:, 1] < SIDE / 2, "left", "right")
    table.loc[7, "row"] = np.nan
    table.loc[len(table)] = ["lost", 3.0, "left"]
    table[1:].to_csv(place / "numbers.csv", index=False)
    arguments = ["-k", "4", "--epochs", "3", "--out", place / "run"]
    assert program("fit", place / "spots", "--table", place / "numbers.csv", *arguments) == 0
    return place


@pytest.fixture
def run(place, tmp_path) -> Path:
    return Path(shutil.copytree(place / "run", tmp_path / "run"))


def test_the_run_says_how_each_part_does(place):
    metrics = json.loads((place / "run" / "metrics.json").read_text())
    assert metrics["parts"].keys() == {"picture", "numbers"}
    for part in metrics["parts"].values():
        assert 0 < part["mse"] <= 1.05 * part["pca_mse"]
    n_test = metrics["n_test"]
    assert metrics["n_train"] + n_test == N + 1
    page = (place / "run" / "report.html").read_text(encoding="utf-8")
    assert 'id="parts"' in page
    assert "side=left" in page
    codes = pd.read_parquet(place / "run" / "codes.parquet")
    assert codes["id"].tolist()[-1] == "lost"
    assert np.isfinite(codes[["c0", "c1", "c2", "c3"]].to_numpy()).all()


def test_later_items_may_have_both_parts_or_one(program, place, run, tmp_path):
    found = {}
    for name, data, table in (
        ("both", place / "spots", ["--table", place / "numbers.csv"]),
        ("pictures", place / "spots", []),
        ("numbers", place / "numbers.csv", []),
    ):
        out = tmp_path / f"{name}.parquet"
        assert program("encode", run, data, *table, "--out", out) == 0
        found[name] = pd.read_parquet(out).set_index("id")
    assert len(found["both"]) == N + 1
    assert len(found["pictures"]) == N
    assert len(found["numbers"]) == N
    own = pd.read_parquet(run / "codes.parquet").set_index("id")
    columns = ["c0", "c1", "c2", "c3"]
    np.testing.assert_allclose(found["both"][columns], own[columns], atol=1e-5)
    # The first picture has no row, so it is the same without the table; others are not.
    alone, both = (found[name][columns].to_numpy() for name in ("pictures", "both"))
    first = found["pictures"].index.str.endswith("spot00.png")
    same = np.isclose(alone, both[:N], atol=1e-5).all(1)
    assert same.tolist() == first.tolist()


def test_codes_decode_to_both_parts(program, place, run, tmp_path):
    assert program("decode", run, run / "codes.parquet", "--out", tmp_path / "decoded") == 0
    numbers = pd.read_csv(tmp_path / "decoded" / "decoded.csv")
    assert numbers.columns.tolist() == ["id", "row", "side=left", "side=right"]
    assert len(numbers) == N + 1
    with Image.open(tmp_path / "decoded" / "lost.png") as picture:
        assert picture.size == (SIDE, SIDE)


def test_scores_name_the_picture_among_the_reasons(program, place, run, tmp_path):
    later = Path(shutil.copytree(place / "spots", tmp_path / "spots"))
    odd = later / "up" / "zebra.png"
    Image.fromarray((np.indices((SIDE, SIDE)).sum(0) % 2 * 255).astype(np.uint8)).save(odd)
    out = tmp_path / "scores.parquet"
    arguments = ["--out", out, "--maps", tmp_path / "maps"]
    assert program("score", run, later, *arguments) == 0
    found = pd.read_parquet(out).set_index("id")
    assert found["score"].idxmax() == "up/zebra.png"
    assert found.loc["up/zebra.png", "because"].startswith("picture")
    assert (tmp_path / "maps" / "up" / "zebra.png").exists()
    assert found["score"].notna().all()


def test_other_verbs_serve_such_runs(program, place, run, tmp_path):
    kinds = tmp_path / "kinds.parquet"
    assert program("cluster", run, "-n", "2", "--data", place / "spots", "--out", kinds) == 0
    assert len(pd.read_parquet(kinds)) == len(list((place / "spots").rglob("*.png")))
    assert program("report", run) == 0
    assert program("generate", run, "-n", "2", "--out", tmp_path / "new") == 0
    assert len(list((tmp_path / "new").glob("*.png"))) == 2
    assert len(pd.read_csv(tmp_path / "new" / "decoded.csv")) == 2


def test_a_table_of_all_does_not_bring_test_items_into_the_fit(program, place, tmp_path):
    for part, first in (("train", 0), ("other", 40)):
        for path in sorted((place / "spots").rglob("*.png")):
            number = int(path.stem.removeprefix("spot"))
            if first <= number < first + 40:
                (tmp_path / part).mkdir(exist_ok=True)
                shutil.copy(path, tmp_path / part)
    arguments = ["--table", place / "numbers.csv", "--test", tmp_path / "other", "--epochs", "1"]
    out = tmp_path / "run"
    assert program("fit", tmp_path / "train", *arguments, "-k", "2", "--out", out) == 0
    splits = pq.read_table(out / "codes.parquet").to_pandas().groupby("split")["id"].apply(set)
    assert len(splits["train"]) == 40
    assert len(splits["test"]) == 20
    assert "lost" not in splits["train"] | splits["test"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("restore", "RUN", "PLACE/spots", "--out", "OUT"), "isthmus encode takes items that lack"),
        (("fit", "PLACE/spots", "--table", "PLACE/none.csv", "--out", "OUT"), "no table"),
        (("fit", "PLACE/numbers.csv", "--table", "PLACE/numbers.csv", "--out", "OUT"), "no pict"),
    ],
)
def test_refusals_say_what_to_do(program, place, tmp_path, capsys, arguments, message):
    names = {"RUN": place / "run", "OUT": tmp_path / "out"}
    filled = [names.get(word, word.replace("PLACE", str(place))) for word in arguments]
    assert program(*filled) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
