"""A folder of sounds, from the recordings to kinds of call and back to sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from tests.commands.conftest import Program

RATE = 8000


def call(kind: int, rng: np.random.Generator) -> np.ndarray:
    """A sweep up, a sweep down, or a trill."""
    time = np.arange(round(rng.uniform(0.25, 0.35) * RATE)) / RATE
    turns = (
        600 * time + 2500 * time**2,
        2400 * time - 2500 * time**2,
        1200 * time + 8 * np.sin(2 * np.pi * 14 * time),
    )[kind]
    sound = np.sin(2 * np.pi * rng.uniform(0.95, 1.05) * turns)
    return rng.uniform(0.2, 0.9) * sound + 0.003 * rng.normal(size=len(time))


@pytest.fixture(scope="module")
def calls(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 60 calls of three kinds, and a run of them."""
    folder = tmp_path_factory.mktemp("dawn")
    (folder / "calls").mkdir()
    rng = np.random.default_rng(0)
    for i in range(60):
        soundfile.write(folder / "calls" / f"call-{i:02}.wav", call(i % 3, rng), RATE)
    soundfile.write(folder / "calls" / "mute.wav", np.zeros(900), RATE)
    fit = ["fit", folder / "calls", "-k", 6, "--epochs", 2, "--out", folder / "run"]
    assert program(*fit) == 0
    return folder


def test_kinds_of_call(program: Program, calls: Path) -> None:
    assert program("cluster", calls / "run", "-n", 3) == 0
    kinds = pd.read_parquet(calls / "run" / "clusters.parquet").dropna()
    truth = kinds["id"].str.extract(r"call-(\d+)")[0].astype(int) % 3
    table = pd.crosstab(kinds["kind"], truth)
    assert len(kinds) == 60
    assert table.max(axis=1).sum() > 0.85 * 60


def test_codes_are_decoded_to_sounds(program: Program, calls: Path, tmp_path: Path) -> None:
    codes = calls / "run" / "codes.parquet"
    assert program("decode", calls / "run", codes, "--out", tmp_path / "back") == 0
    names = sorted(path.name for path in (tmp_path / "back").iterdir())
    assert names == [f"call-{i:02}.wav" for i in range(60)]
    sound, rate = soundfile.read(tmp_path / "back" / "call-00.wav")
    assert rate == RATE
    # A sweep upwards still: the second half of what is heard is higher than the first.
    heard = np.flatnonzero(np.abs(sound) > 0.2 * np.abs(sound).max())
    halves = np.array_split(sound[heard[0] : heard[-1]], 2)
    low, high = (np.abs(np.fft.rfft(half, 4096)).argmax() for half in halves)
    assert high > low


def test_new_sounds_and_what_is_between(program: Program, calls: Path, tmp_path: Path) -> None:
    assert program("generate", calls / "run", "-n", 2, "--out", tmp_path / "new") == 0
    assert {path.suffix for path in (tmp_path / "new").iterdir()} == {".wav"}


def test_the_page_can_be_listened_to(calls: Path) -> None:
    page = (calls / "run" / "report.html").read_text()
    assert page.count("data:audio/wav;base64,") == 6
    assert "media-src data:" in page
    assert "mute.wav" in page


def test_later_sounds_are_encoded_as_the_first(
    program: Program, calls: Path, tmp_path: Path
) -> None:
    (tmp_path / "later").mkdir()
    soundfile.write(tmp_path / "later" / "a.flac", call(1, np.random.default_rng(9)), RATE)
    out = tmp_path / "codes.parquet"
    assert program("encode", calls / "run", tmp_path / "later", "--out", out) == 0
    assert pd.read_parquet(out)["id"].tolist() == ["a.flac"]


@pytest.mark.parametrize("verb", ["encode", "score", "cluster"])
def test_what_is_left_out_of_later_sounds_is_said(
    program: Program, calls: Path, tmp_path: Path, verb: str, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "later").mkdir()
    soundfile.write(tmp_path / "later" / "a.flac", call(1, np.random.default_rng(9)), RATE)
    (tmp_path / "later" / "b.wav").write_bytes(b"no sound")
    asked = ["--data", tmp_path / "later"] if verb == "cluster" else [tmp_path / "later"]
    assert program(verb, calls / "run", *asked, "--out", tmp_path / "out.parquet") == 0
    assert "skipped b.wav: " in capsys.readouterr().out
    assert pd.read_parquet(tmp_path / "out.parquet")["id"].tolist() == ["a.flac"]
