"""``isthmus compress`` and ``isthmus decompress``, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.commands import main

pytest.importorskip("constriction", reason="isthmus[compress] is not installed")

SETTINGS = ["network__widths=[8,8]", "network__blocks=[1,1]", "network__grid_width=8"]
SMALL = [word for setting in SETTINGS for word in ("--set", setting)]
SIZES = {"a.png": (40, 40), "deep/b.png": (70, 50), "c.jpg": (33, 90), "d.png": (40, 40)}


def run(*arguments: str) -> int:
    """The exit code of the program."""
    try:
        main(list(arguments))
    except SystemExit as exit_:
        return int(exit_.code or 0)
    return 0


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smooth pictures in colour, of several sizes."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "deep").mkdir()
    for seed, (name, (height, width)) in enumerate(SIZES.items()):
        y, x = np.mgrid[:height, :width] / 20
        waves = [0.5 + 0.25 * np.sin(x + seed + c) + 0.25 * np.cos(2 * y - c) for c in range(3)]
        Image.fromarray(np.rint(255 * np.stack(waves, -1)).astype(np.uint8)).save(folder / name)
    return folder


@pytest.fixture(scope="module")
def model(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    fit = ["fit", str(photos), "--preset", "compression", "--size", "32x32", "--epochs", "2"]
    assert run(*fit, *SMALL, "--out", str(out)) == 0
    return out


def psnr(one: Path, other: Path) -> float:
    with Image.open(one) as a, Image.open(other) as b:
        assert a.size == b.size
        error = np.square(np.asarray(a, float) - np.asarray(b.convert("RGB"), float)).mean()
    return float(10 * np.log10(255**2 / error))


def test_from_a_folder_to_files_and_back(
    model: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small, back = tmp_path / "small", tmp_path / "back"
    assert run("compress", str(model), str(photos), "--out", str(small), "--bpp", "2") == 0
    assert "4 pictures in" in capsys.readouterr().out
    for name, (height, width) in SIZES.items():
        assert (small / name).with_suffix(".isth").stat().st_size <= 2 * height * width / 8
    assert run("decompress", str(model), str(small), "--out", str(back)) == 0
    for name in SIZES:
        assert psnr(photos / name, (back / name).with_suffix(".png")) > 25


def test_codes_are_not_written_twice(model: Path) -> None:
    assert not (model / "codes.parquet").exists()
    assert "cut into" in json.loads((model / "metrics.json").read_text())["data"]["source"]
    assert "Quality against file size" in (model / "report.html").read_text(encoding="utf-8")


def test_an_archive_of_a_folder(model: Path, photos: Path, tmp_path: Path) -> None:
    arguments = [str(model), str(photos), "--archive", "--step", "100"]
    assert run("compress", *arguments, "--out", str(tmp_path / "one")) == 0
    (archive,) = (tmp_path / "one").iterdir()
    assert archive.name == f"{photos.name}.isth"
    assert run("decompress", str(model), str(archive), "--out", str(tmp_path / "back")) == 0
    for name in SIZES:
        assert psnr(photos / name, (tmp_path / "back" / name).with_suffix(".png")) > 25


def test_what_cannot_be_read_is_left_out_and_told(
    model: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes((photos / "a.png").read_bytes()[:80])
    both = [str(model), str(broken), str(photos / "a.png")]
    assert run("compress", *both, "--out", str(tmp_path / "small")) == 0
    assert "skipped broken.png" in capsys.readouterr().out
    assert run("compress", *both, "--strict", "--out", str(tmp_path / "strict")) == 2
    assert not (tmp_path / "strict").exists()
    (tmp_path / "small" / "b.isth").write_bytes(b"no picture")
    small = [str(model), str(tmp_path / "small")]
    assert run("decompress", *small, "--out", str(tmp_path / "back")) == 0
    assert "skipped b.isth" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "back").iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bpp", "1", "--step", "3"], "not both"),
        (["--bpp", "0"], "bits_per_pixel"),
        (["--bpp", "0.00001"], "no file of 0 bytes"),
        (["--step", "300"], "step=300"),
    ],
)
def test_bad_wishes_are_one_line(
    arguments: list[str],
    message: str,
    model: Path,
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert run("compress", str(model), str(photos), *arguments, "--out", str(out)) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not out.exists()


def test_two_pictures_of_one_name_are_refused(
    model: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = [str(model), str(photos / "a.png"), str(photos / "a.png")]
    assert run("compress", *twice, "--out", str(tmp_path / "out")) == 2
    assert "two items would be written to a.isth" in capsys.readouterr().err
