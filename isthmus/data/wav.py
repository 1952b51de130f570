"""Sounds as WAV, which everything plays: 16 bits, one channel."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["wav_bytes", "write_sound"]

LOUDEST = 2**15 - 1


def wav_bytes(sound: NDArray[np.floating], rate: int) -> bytes:
    """The file of a sound, shape (n,), of values in -1..1; what is louder is cut off."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = np.rint(np.clip(sound, -1, 1) * LOUDEST).astype("<i2")
        file.writeframes(samples.tobytes())
    return content.getvalue()


def write_sound(path: Path, sound: NDArray[np.floating], rate: int) -> None:
    """Write a sound, shape (n,), of values in -1..1."""
    path.write_bytes(wav_bytes(sound, rate))
