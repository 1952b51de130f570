"""What files cost and what they are worth, with JPEG 2000 beside them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from isthmus.codes import Code, Quantised
from isthmus.data.rows import drawn
from isthmus.errors import BadInput, MissingExtra
from isthmus.report.markup import Section, escape, figure, legend, note, paragraph, table
from isthmus.report.pictures import image
from isthmus.report.plot import Axis, Line, line_chart
from isthmus.report.study import Study
from isthmus.uses.compression import Codec

__all__ = ["compresses", "rate_section"]

PICTURES, QUALITIES = 6, 6
HALVINGS = 10
BYTE = 255
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Rate:
    """What one quality costs and gives, means over pictures; what JPEG 2000 gives, where known.

    Attributes
    ----------
    n_bytes : list of int
        Of each picture's file.
    ours, theirs : list of ndarray of uint8
        The pictures of the files, and JPEG 2000's of as many bytes; None where none fits.
    """

    bits: float
    decibels: float
    rival: float | None
    n_bytes: list[int]
    ours: list[Pixels]
    theirs: list[Pixels | None]


def compresses(study: Study) -> bool:
    """Whether codes are rounded, so that items can be files."""
    return isinstance(Code.resolve(study.ae.code), Quantised)


def rate_section(study: Study) -> Section:
    """A curve of quality against bits a pixel, and what both look like at one of them."""
    try:
        body = _measured(study, Codec(study.ae))
    except (BadInput, MissingExtra) as error:
        body = note(str(error))
    return Section("rates", "Quality against file size", body)


def _measured(study: Study, codec: Codec) -> str:
    chosen = drawn(len(study.test), PICTURES, study.seed)
    pictures = [study.window.show(np.asarray(study.test.items[index])) for index in chosen]
    code = Code.resolve(study.ae.code)
    assert isinstance(code, Quantised)
    finest, stop = code.drawn
    steps = np.linspace(finest, stop - 1, QUALITIES).round().astype(int)
    rates = [_rate(codec, pictures, int(step)) for step in steps]
    # The strip shows the poorest quality for which there is something to compare with.
    fits = [rate for rate in rates if rate.rival is not None]
    names = [study.name(index) for index in chosen]
    return (
        f'<div class="pair">{_chart(rates)}{_table(rates)}</div>'
        f"{_strip(pictures, fits[-1] if fits else rates[-2], names)}"
    )


def _rate(codec: Codec, pictures: Sequence[Pixels], step: int) -> Rate:
    n_pixels = sum(picture.shape[0] * picture.shape[1] for picture in pictures)
    files = [codec.compress(picture, step=step) for picture in pictures]
    n_bytes = [len(data) for data in files]
    ours = [codec.decompress(data) for data in files]
    theirs = [jpeg2000(x, size) for x, size in zip(pictures, n_bytes, strict=True)]
    found = [psnr(x, y) for x, y in zip(pictures, ours, strict=True)]
    known = [psnr(x, y) for x, y in zip(pictures, theirs, strict=True) if y is not None]
    rival = float(np.mean(known)) if len(known) == len(pictures) else None
    return Rate(8 * sum(n_bytes) / n_pixels, float(np.mean(found)), rival, n_bytes, ours, theirs)


def _chart(rates: Sequence[Rate]) -> str:
    bits = [rate.bits for rate in rates]
    lines = [Line("this model", "ae", bits, [rate.decibels for rate in rates], dots=True)]
    fits = [rate for rate in rates if rate.rival is not None]
    if fits:
        theirs = [float(rate.rival or 0.0) for rate in fits]
        lines.append(Line("JPEG 2000", "pca", [rate.bits for rate in fits], theirs, dots=True))
    chart = line_chart(
        lines,
        Axis("bits a pixel, of whole files", log=True),
        Axis("decibels"),
        "Peak signal-to-noise ratio against bits a pixel",
    )
    text = (
        f"Peak signal-to-noise ratio, mean over {PICTURES} test pictures at most, each a file of "
        "its own; JPEG 2000 is Pillow's, its bare stream, at as many bytes for each picture."
    )
    return figure(legend((line.kind, line.name) for line in lines) + chart, text)


def _table(rates: Sequence[Rate]) -> str:
    rows = [
        [
            f"{rate.bits:.3f}",
            f"{rate.decibels:.2f}",
            "none fits" if rate.rival is None else f"{rate.rival:.2f}",
        ]
        for rate in rates
    ]
    head = ("bits a pixel", "this model, dB", "JPEG 2000, dB")
    return f"<div>{table(head, rows, 'quality against bits a pixel')}</div>"


def _strip(pictures: Sequence[Pixels], rate: Rate, names: Sequence[str]) -> str:
    """Originals, ours and JPEG 2000's, at the same bytes."""
    rows: dict[str, Sequence[Pixels | None]] = {
        "original": pictures,
        "this model": rate.ours,
        "JPEG 2000": rate.theirs,
    }
    cells = []
    for (who, shown), kind in zip(rows.items(), ("", "ae", "pca"), strict=True):
        tiles = [
            '<span class="gap"></span>' if picture is None else image(picture, f"{name}: {who}")
            for picture, name in zip(shown, names, strict=True)
        ]
        gaps = ['<span class="gap"></span>'] * (PICTURES - len(tiles))
        cells.append(f'<span class="who {kind}">{escape(who)}</span>{"".join(tiles + gaps)}')
    sizes = ", ".join(map(str, rate.n_bytes))
    grid = f'<div class="stages" style="--n:{PICTURES}">{"".join(cells)}</div>'
    return paragraph("The same pictures, and what is left of them at the same number of bytes.") + (
        figure(grid, f"Bytes of the files, from left to right: {sizes}.", "items", "Look")
    )


def jpeg2000(picture: Pixels, n_bytes: int) -> Pixels | None:
    """The finest JPEG 2000 that is not larger, decoded; None where there is none or no codec."""
    if not features.check_codec("jpg_2000"):
        return None
    low, high, best = 0.0, float(np.log2(picture.size)), None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        data = _stream(picture, 2**middle)
        if len(data) <= n_bytes:
            high, best = middle, data
        else:
            low = middle
    if best is None:
        return None
    with Image.open(io.BytesIO(best)) as found:
        return np.asarray(found.convert("L" if picture.ndim == 2 else "RGB"))


def _stream(picture: Pixels, ratio: float) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(
        file,
        "JPEG2000",
        no_jp2=True,
        irreversible=True,
        quality_mode="rates",
        quality_layers=[ratio],
    )
    return file.getvalue()


def psnr(one: Pixels, other: Pixels) -> float:
    """Peak signal-to-noise ratio of bytes, in decibels; 100 where nothing differs."""
    error = np.square(one.astype(np.float64) - other).mean()
    return 100.0 if error == 0 else float(10 * np.log10(BYTE**2 / error))
