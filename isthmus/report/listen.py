"""Sounds to listen to, before and after."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from isthmus.data import Spectrum
from isthmus.data.wav import wav_bytes
from isthmus.report.markup import escape, figure
from isthmus.report.study import Shown, Study

__all__ = ["players"]

# Sounds of a row, since each takes room on the page.
EACH = 3


def players(study: Study, shown: Shown) -> str:
    """Some sounds as their pictures sound, and as what came back sounds; nothing for pictures."""
    spectrum = study.test.spectrum
    if spectrum is None:
        return ""
    rows = []
    for who, items in (
        ("original", shown.items),
        ("autoencoder", shown.restored),
        ("PCA", shown.pca_restored),
    ):
        names = [study.name(i) for i in shown.indices[:EACH]]
        cells = [
            _player(spectrum, item, f"{name}, {who}")
            for name, item in zip(names, items, strict=False)
        ]
        rows.append(f'<span class="who">{escape(who)}</span>{"".join(cells)}')
    text = (
        "Made from pictures, the originals too, so that all lack the same: phases are guessed from "
        "the levels."
    )
    return figure(f'<div class="players">{"".join(rows)}</div>', text, title="Listen")


def _player(spectrum: Spectrum, picture: NDArray[np.floating], name: str) -> str:
    content = wav_bytes(spectrum.sound(picture), spectrum.rate)
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<audio controls preload="none" aria-label="{escape(name)}" '
        f'src="data:audio/wav;base64,{data}"></audio>'
    )
