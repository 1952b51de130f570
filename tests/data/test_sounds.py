"""Sounds as pictures: frequencies lie where they should, and the way back sounds the same."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from isthmus.data import Spectrum, open_data
from isthmus.data.wav import wav_bytes
from isthmus.errors import BadInput, BadSetting, MissingExtra

RATE = 8000


def tone(hertz: float, seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


def strongest(sound: NDArray[np.floating], rate: int) -> float:
    """The strongest frequency, in hertz."""
    return float(np.abs(np.fft.rfft(sound)).argmax() * rate / len(sound))


def band_of(hertz: float, spectrum: Spectrum) -> int:
    """The row whose middle is nearest, by the formula of the mel scale."""
    mels = 2595 * np.log10(1 + np.array([hertz, spectrum.rate / 2]) / 700)
    return spectrum.bands - round(mels[0] / mels[1] * (spectrum.bands + 1))


# ------------------------------------------------------------------ one sound


@pytest.mark.parametrize("hertz", [300, 700, 1500, 3000])
def test_a_tone_is_a_line_at_its_height(hertz: float) -> None:
    spectrum = Spectrum.of(RATE, 0.5)
    (picture,) = spectrum.pictures(tone(hertz, 0.5))
    middle = picture[:, 10:-10].mean(1)
    assert abs(int(middle.argmax()) - band_of(hertz, spectrum)) <= 1
    assert middle.max() > 230


def test_half_as_loud_is_six_decibels_less() -> None:
    spectrum = Spectrum.of(RATE, 1.0)
    both = np.concatenate([tone(1000, 0.5), 0.5 * tone(1000, 0.5)])
    (picture,) = spectrum.pictures(both)
    levels = picture[picture.mean(1).argmax()].astype(float) * 80 / 255
    loud, soft = levels[20:50].mean(), levels[-50:-20].mean()
    assert loud - soft == pytest.approx(20 * np.log10(2), abs=0.35)


def test_how_loud_the_whole_is_plays_no_part() -> None:
    spectrum, sound = Spectrum.of(RATE, 0.3), tone(500, 0.3)
    np.testing.assert_array_equal(spectrum.pictures(sound), spectrum.pictures(0.125 * sound))


def test_a_short_sound_lies_in_the_middle_of_silence() -> None:
    spectrum = Spectrum.of(RATE, 1.0)
    (picture,) = spectrum.pictures(tone(800, 0.2))
    loud = np.flatnonzero(picture.max(0) > 200)
    assert (loud[0] + loud[-1]) / 2 == pytest.approx(spectrum.columns / 2, abs=1)
    assert (picture[:, :30] == 0).all()


def test_a_long_sound_is_cut_into_pieces_that_end_with_it() -> None:
    spectrum = Spectrum.of(RATE, 0.5)
    n = spectrum.n_samples
    sound = np.concatenate([tone(300, 1.3), tone(3000, 0.2)])
    pieces = spectrum.pictures(sound)
    assert len(pieces) == -(-len(sound) // n)
    assert pieces[-1][:, -10].argmax() == pytest.approx(band_of(3000, spectrum), abs=1)
    assert pieces[0][:, 20].argmax() == pytest.approx(band_of(300, spectrum), abs=1)


@pytest.mark.parametrize("hertz", [440, 1000, 2200])
def test_a_picture_sounds_as_what_it_is_of(hertz: float) -> None:
    spectrum = Spectrum.of(RATE, 0.6)
    (picture,) = spectrum.pictures(tone(hertz, 0.6))
    sound = spectrum.sound(picture)
    assert len(sound) == spectrum.n_samples
    assert np.abs(sound).max() <= 1
    # Bands are wide: at 2,200 hertz one is of some 100.
    assert strongest(sound, RATE) == pytest.approx(hertz, rel=0.04)


def test_there_and_back_is_nearly_the_same_picture() -> None:
    spectrum = Spectrum.of(RATE, 0.6)
    sweep = np.sin(2 * np.pi * np.cumsum(np.linspace(300, 2500, 4800)) / RATE)
    (picture,) = spectrum.pictures(sweep.astype(np.float32))
    (again,) = spectrum.pictures(spectrum.sound(picture))
    loud = picture > 255 * (1 - 30 / 80)
    decibels = (again.astype(float) - picture)[loud] * 80 / 255
    assert np.sqrt(np.square(decibels).mean()) < 2.5


def test_a_spectrum_is_kept_as_json_holds_it() -> None:
    spectrum = Spectrum.of(44_100, 3.0)
    assert Spectrum.from_dict(spectrum.to_dict()) == spectrum
    assert spectrum.seconds >= 3.0
    assert spectrum.columns <= 128 + 8


# ------------------------------------------------------------------ folders


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """High and low calls of several forms and rates, and files that are no use."""
    folder = tmp_path / "calls"
    for kind, hertz in (("high", 2500), ("low", 400)):
        (folder / kind).mkdir(parents=True)
        for i, suffix in enumerate(("wav", "flac", "ogg", "wav")):
            rate = 16_000 if i == 3 else RATE
            sound = tone(hertz, 0.3 + 0.02 * i, rate)
            stereo = np.stack([sound, sound], axis=1) if i == 1 else sound
            soundfile.write(folder / kind / f"{i}.{suffix}", stereo, rate)
    soundfile.write(folder / "high" / "silent.wav", np.zeros(2000), RATE)
    soundfile.write(folder / "low" / "empty.wav", np.zeros(0), RATE)
    (folder / "low" / "broken.flac").write_bytes(b"fLaC and nothing else")
    (folder / "low" / "notes.txt").write_text("heard at dawn")
    return folder


def test_a_folder_of_sounds(calls: Path) -> None:
    data = open_data(calls)
    assert data.spectrum is not None
    assert data.spectrum.rate == RATE
    assert data.items.shape == (8, 64, data.spectrum.columns)
    assert data.labels is not None
    assert data.labels.tolist() == ["high"] * 4 + ["low"] * 4
    rows = data.items.max(2).argmax(1)
    for hertz, found in ((2500, rows[:4]), (400, rows[4:])):
        assert np.abs(found.astype(int) - band_of(hertz, data.spectrum)).max() <= 2


def test_what_is_silent_or_broken_is_reported(calls: Path) -> None:
    skipped = {lost.path: lost.reason for lost in open_data(calls).skipped}
    assert set(skipped) == {"high/silent.wav", "low/empty.wav", "low/broken.flac"}
    assert skipped["high/silent.wav"] == "silent: all samples are 0"
    assert skipped["low/empty.wav"] == "empty: no sample"
    assert "_io" not in skipped["low/broken.flac"]
    with pytest.raises(BadInput, match="cannot be read"):
        open_data(calls, strict=True)


def test_later_sounds_become_pictures_as_the_first_did(calls: Path, tmp_path: Path) -> None:
    first = open_data(calls)
    (tmp_path / "later").mkdir()
    soundfile.write(tmp_path / "later" / "x.wav", tone(2500, 1.2, 22_050), 22_050)
    assert first.spectrum is not None
    later = open_data(tmp_path / "later", spectrum=first.spectrum)
    assert later.spectrum == first.spectrum
    assert len(later) == -(-round(1.2 * RATE) // first.spectrum.n_samples)
    assert later.ids[0] == "x.wav#0"
    assert later.pictures is not None
    assert (later.pictures == 0).all()


def test_the_length_can_be_chosen(calls: Path) -> None:
    data = open_data(calls, seconds=0.1)
    assert data.spectrum is not None
    assert data.spectrum.seconds < 0.15
    assert len(data) > 8
    with pytest.raises(BadSetting, match="seconds"):
        open_data(calls, seconds=0.0)


def test_without_the_library_its_install_line(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    with pytest.raises(MissingExtra, match=r"isthmus\[sound\]"):
        open_data(calls)


def test_wav_is_what_others_read() -> None:
    sound = 0.5 * tone(500, 0.1)
    read, rate = soundfile.read(io.BytesIO(wav_bytes(sound, RATE)), dtype="float32")
    assert rate == RATE
    np.testing.assert_allclose(read, sound, atol=1e-4)
    with wave.open(io.BytesIO(wav_bytes(sound, RATE))) as file:
        assert file.getnchannels() == 1
