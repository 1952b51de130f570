"""``isthmus fit --restore`` and ``isthmus restore``, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from isthmus.commands import main

SMALL = ["--set", "network__widths=[8]", "--set", "network__blocks=[1]", "--epochs", "2"]


def run(*arguments: str) -> int:
    """The exit code of the program."""
    try:
        main(list(arguments))
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smooth grey pictures of several sizes."""
    folder = tmp_path_factory.mktemp("photos")
    for seed, (height, width) in enumerate([(40, 40), (40, 40), (70, 50), (33, 90), (40, 40)]):
        y, x = np.mgrid[:height, :width] / 20
        level = 0.5 + 0.25 * np.sin(x + seed) + 0.25 * np.cos(2 * y - seed)
        Image.fromarray(np.rint(255 * level).astype(np.uint8)).save(folder / f"{seed}.png")
    return folder


def test_from_a_folder_to_restored_files(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert run("fit", str(photos), "--restore", "mask", "--out", str(out), *SMALL) == 0
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["preset"] == "restore-mask"
    assert metrics["n_components"] is None
    assert metrics["test"]["mse"] > 0
    assert metrics["test"]["pca_mse"] > 0
    assert "cut into" in metrics["data"]["source"]
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "skip connections" in report
    assert "mean squared per hidden value" in report
    assert "per hidden value" in (out / "model" / "README.md").read_text(encoding="utf-8")
    assert not (out / "codes.parquet").exists()
    holes = np.asarray(Image.open(photos / "2.png")).copy()
    holes[10:20, 10:20] = 0
    Image.fromarray(holes).save(tmp_path / "holes.png")
    command = ["restore", str(out), str(tmp_path / "holes.png"), "--out", str(tmp_path / "whole")]
    assert run(*command, "--hidden", "0") == 0
    assert "1 restored" in capsys.readouterr().out
    restored = np.asarray(Image.open(tmp_path / "whole" / "holes.png"))
    np.testing.assert_array_equal(restored[holes > 0], holes[holes > 0])
    assert run(*command) == 2
    assert "--force" in capsys.readouterr().err


def test_the_report_can_be_drawn_anew(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run("fit", str(photos), "--restore", "noise", "--out", str(out), *SMALL) == 0
    first = (out / "report.html").read_text(encoding="utf-8")
    assert run("report", str(out)) == 0
    assert (out / "report.html").read_text(encoding="utf-8") == first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--restore", "nois"], "did you mean 'noise'"),
        (["--restore", "noise", "--preset", "vae"], "not both"),
        (["--restore", "noise", "-k", "8"], "no short code"),
    ],
)
def test_a_wrong_wish_is_one_line(
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    assert run("fit", str(photos), "--out", str(tmp_path / "run"), *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("verb", ["encode", "choose"])
def test_a_restorer_gives_no_codes(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    out = tmp_path / "run"
    assert run("fit", str(photos), "--restore", "blocks", "--out", str(out), *SMALL) == 0
    more = [str(photos), "--out", str(tmp_path / "c.parquet")] if verb == "encode" else []
    wish = ["--psnr", "20"] if verb == "choose" else []
    assert run(verb, str(out), *more, *wish) == 2
    assert "no short code" in capsys.readouterr().err


def test_a_table_with_missing_cells_is_filled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    level = random.normal(size=300)
    frame = pd.DataFrame(
        {
            "a": level,
            "b": 2 * level + 0.1 * random.normal(size=300),
            "kind": np.where(level > 0, "high", "low"),
            "id": [f"r{i}" for i in range(300)],
        }
    )
    hidden = random.random((300, 3)) < 0.15
    gappy = frame.copy()
    gappy.iloc[:, :3] = frame.iloc[:, :3].mask(hidden)
    gappy.to_csv(tmp_path / "table.csv", index=False, sep=";")
    out = tmp_path / "run"
    table, whole = str(tmp_path / "table.csv"), str(tmp_path / "whole")
    assert run("fit", table, "--restore", "cells", "--epochs", "5", "--out", str(out)) == 0
    assert run("restore", str(out), table, "--out", whole) == 0
    assert f"{hidden.sum()} cells filled" in capsys.readouterr().out
    filled = pd.read_csv(tmp_path / "whole" / "table.csv", sep=";")
    assert filled.columns.tolist() == frame.columns.tolist()
    assert filled["id"].tolist() == frame["id"].tolist()
    assert not filled.isna().any().any()
    np.testing.assert_allclose(filled["a"][~hidden[:, 0]], frame["a"][~hidden[:, 0]])
    others_there = hidden[:, 0] & ~hidden[:, 1]
    error = (filled["a"] - frame["a"])[others_there].std()
    assert error < 0.2
    known = hidden[:, 2] & ~hidden[:, 0]
    assert (filled["kind"] == frame["kind"])[known].mean() > 0.85
    for wish, message in (("--samples", "terrain"), ("--hidden", "empty cells")):
        again = str(tmp_path / "again")
        assert run("restore", str(out), table, "--out", again, wish, "2") == 2
        assert message in capsys.readouterr().err
        assert not (tmp_path / "again").exists()


def fitted_to(pictures: np.ndarray, folder: Path) -> Path:
    """A run that fills holes, of an array of pictures."""
    np.save(folder / "fit.npy", pictures)
    out = folder / "run"
    data = str(folder / "fit.npy")
    assert run("fit", data, "--restore", "mask", "--out", str(out), *SMALL) == 0
    return out


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_an_array_of_pictures_comes_back_as_one(
    kind: type, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    y, x = np.mgrid[:16, :16] / 8
    numbers = np.arange(60)[:, None, None]
    pictures = (100 + 60 * np.sin(x + numbers) + 60 * np.cos(y - numbers)).astype(kind)
    out = fitted_to(pictures, tmp_path)
    damaged = pictures[:5].copy()
    damaged[:, 4:9, 4:9] = 0
    np.save(tmp_path / "damaged.npy", damaged)
    command = ["restore", str(out), str(tmp_path / "damaged.npy"), "--hidden", "0"]
    assert run(*command, "--out", str(tmp_path / "whole")) == 0
    assert "5 items restored" in capsys.readouterr().out
    restored = np.load(tmp_path / "whole" / "damaged.npy")
    assert restored.dtype == damaged.dtype
    kept = damaged != 0
    np.testing.assert_array_equal(restored[kept], damaged[kept])
    assert np.abs(restored[~kept] - pictures[:5][~kept].astype(float)).mean() < 40


@pytest.mark.parametrize("of_channels", [False, True])
def test_a_value_and_masks_of_an_array_hide_both(of_channels: bool, tmp_path: Path) -> None:
    y, x = np.mgrid[:16, :16] / 8
    numbers = np.arange(60)[:, None, None]
    level = 128 + 60 * np.sin(x + numbers) + 50 * np.cos(y - numbers)
    pictures = np.stack([level, level, 255 - level], -1).astype(np.uint8)
    out = fitted_to(pictures, tmp_path)
    damaged = pictures[:3].copy()
    damaged[:, 2:5, 2:5] = 0
    masks = np.zeros(damaged.shape if of_channels else damaged.shape[:3], bool)
    masks[:, 9:12, 9:12], damaged[:, 9:12, 9:12] = True, 255
    np.save(tmp_path / "damaged.npy", damaged)
    np.save(tmp_path / "masks.npy", masks)
    command = ["restore", str(out), str(tmp_path / "damaged.npy"), "--hidden", "0"]
    where = ["--masks", str(tmp_path / "masks.npy"), "--out", str(tmp_path / "whole")]
    assert run(*command, *where) == 0
    restored = np.load(tmp_path / "whole" / "damaged.npy")
    kept = np.ones((16, 16), bool)
    kept[2:5, 2:5] = kept[9:12, 9:12] = False
    np.testing.assert_array_equal(restored[:, kept], damaged[:, kept])
    error = np.abs(restored.astype(float) - pictures[:3])
    assert error[:, 2:5, 2:5].mean() < 10
    assert error[:, 9:12, 9:12].mean() < 10


def test_an_array_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "fit.npy", np.random.default_rng(0).random((20, 8, 8)))
    out = tmp_path / "run"
    assert (
        run("fit", str(tmp_path / "fit.npy"), "--restore", "mask", "--out", str(out), *SMALL) == 0
    )
    (tmp_path / "torn.npy").write_bytes(b"nothing")
    for name, words in (("torn.npy", "no .npy file"), ("none.npy", "no file")):
        command = ["restore", str(out), str(tmp_path / name), "--out", str(tmp_path / "whole")]
        assert run(*command) == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "whole").exists()
