"""``isthmus generate``, ``blend``, ``walk`` and ``average``, as a user meets them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from isthmus import load


def pictures(folder) -> np.ndarray:
    """The pictures of a folder in the order of their names, shape (n, H, W), values 0..1."""
    return np.stack([np.asarray(Image.open(path)) / 255 for path in sorted(folder.glob("*.png"))])


@pytest.fixture
def digit_run(digit_pictures):
    return digit_pictures / "run"


@pytest.fixture
def codes(digit_run):
    return pd.read_parquet(digit_run / "codes.parquet")


def numbers(codes: pd.DataFrame) -> np.ndarray:
    return codes.filter(regex=r"^c\d").to_numpy()


def test_new_pictures_are_as_many_as_asked_and_near_the_data(program, digit_run, codes, tmp_path):
    out = tmp_path / "new"
    assert program("generate", digit_run, "-n", 24, "--out", out) == 0
    new = pictures(out)
    assert new.shape == (24, 8, 8)
    ae = load(digit_run)
    own = ae.inverse_transform(numbers(codes).astype(np.float32)) / 255
    nearest = np.square(new[:, None] - own).mean((2, 3)).min(1)
    apart = np.square(own[:200, None] - own[:200]).mean((2, 3))
    assert np.median(nearest) < 0.5 * np.median(apart[apart > 0])


def test_new_pictures_of_a_label_look_like_it(program, digit_run, codes, tmp_path):
    assert program("generate", digit_run, "--label", "0", "--out", tmp_path / "new") == 0
    code = load(digit_run).transform((pictures(tmp_path / "new") * 255).astype(np.uint8))
    middles = {label: numbers(own).mean(0) for label, own in codes.groupby("label")}
    nearest = [min(middles, key=lambda name: np.linalg.norm(one - middles[name])) for one in code]
    assert nearest.count("0") >= 14


@pytest.mark.parametrize("how", [[], ["--straight"]])
def test_a_blend_begins_and_ends_at_the_two_items(program, digit_run, codes, tmp_path, how):
    first, last = codes["id"][0], codes["id"][len(codes) - 1]
    out = tmp_path / "way"
    assert program("blend", digit_run, first, last, "--steps", 7, "--out", out, *how) == 0
    way = pictures(out)
    assert len(way) == 7
    ends = load(digit_run).inverse_transform(numbers(codes)[[0, -1]].astype(np.float32)) / 255
    assert way[[0, -1]] == pytest.approx(ends.clip(0, 1), abs=0.01)


def test_a_walk_passes_the_values_of_one_number(program, digit_run, tmp_path):
    assert program("walk", digit_run, 0, "--steps", 5, "--out", tmp_path / "walk") == 0
    way = pictures(tmp_path / "walk")
    assert way.shape == (5, 8, 8)
    assert np.abs(way[0] - way[-1]).max() > 0.1


def test_averages_are_named_by_their_labels(program, digit_run, codes, tmp_path):
    assert program("average", digit_run, "--out", tmp_path / "means") == 0
    names = sorted(path.name for path in (tmp_path / "means").iterdir())
    assert names == ["0.png", "1.png", "2.png"]
    own = numbers(codes)[codes["label"] == "1"].mean(0, keepdims=True).astype(np.float32)
    decoded = load(digit_run).inverse_transform(own)[0] / 255
    assert pictures(tmp_path / "means")[1] == pytest.approx(decoded.clip(0, 1), abs=0.01)


def test_rows_come_as_a_table_with_its_columns(program, three_kinds, tmp_path):
    assert program("generate", three_kinds / "run", "-n", 50, "--out", tmp_path / "new") == 0
    new = pd.read_csv(tmp_path / "new" / "decoded.csv")
    assert list(new) == ["id", *"abcde"]
    own = pd.read_csv(three_kinds / "table.csv")
    assert new["a"].between(own["a"].min() - 3, own["a"].max() + 3).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["blend", "RUN", "nowhere.png", "1.png"], "no item 'nowhere.png'"),
        (["walk", "RUN", "8"], "number=8"),
        (["generate", "RUN", "-n", "0"], "n=0"),
        (["generate", "RUN", "--label", "7"], "unknown label '7'"),
    ],
)
def test_what_cannot_be_is_one_line(program, digit_run, tmp_path, capsys, arguments, said):
    given = [digit_run if argument == "RUN" else argument for argument in arguments]
    assert program(*given, "--out", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_items_without_labels_have_no_averages(program, three_kinds, tmp_path, capsys):
    assert program("average", three_kinds / "run", "--out", tmp_path / "out") == 2
    assert "no labels" in capsys.readouterr().err
