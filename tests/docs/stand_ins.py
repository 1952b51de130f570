"""Small real data under the names that pages give to a reader's own files.

What lies in scikit-learn: digits, photographs, wines. Sounds and terrain are made, for none comes
in a package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images, load_wine

__all__ = ["STAND_INS", "make_stand_ins"]

ITEMS = 120
RATE = 8000


def make_stand_ins(text: str, folder: Path) -> None:
    """Make what a page's text names, in a folder."""
    for name, make in STAND_INS.items():
        if name in text:
            make(folder / name)


def pictures(folder: Path) -> None:
    """Digits, in folders that are their labels."""
    found = load_digits()
    for i, (image, digit) in enumerate(zip(found.images[:ITEMS], found.target, strict=False)):
        path = folder / str(digit) / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 15.9).astype(np.uint8)).save(path)


def numbers(path: Path) -> None:
    """What can be measured of those digits; of some there is nothing."""
    found = load_digits()
    images = found.images[:ITEMS]
    names = [f"{digit}/{i}.png" for i, digit in enumerate(found.target[:ITEMS])]
    table = {"id": names, "ink": images.mean((1, 2)), "width": (images.max(1) > 4).sum(1)}
    pd.DataFrame(table).iloc[5:].to_csv(path, index=False)


def photographs(folder: Path, side: int = 48, count: int = 8) -> None:
    """Pieces of the two photographs in scikit-learn."""
    folder.mkdir(parents=True)
    for number, photo in enumerate(load_sample_images().images):
        for i in range(count):
            top, left = 40 * i, 60 * i
            piece = Image.fromarray(photo[top : top + side, left : left + side])
            piece.save(folder / f"{number}-{i}.png")


def photograph(path: Path) -> None:
    """One of them."""
    Image.fromarray(load_sample_images().images[0][:60, :60]).save(path)


def damaged(folder: Path) -> None:
    """Two pieces of photographs."""
    photographs(folder, count=1)


def grey(folder: Path) -> None:
    """The same without colours."""
    photographs(folder, count=1)
    for path in folder.iterdir():
        Image.open(path).convert("L").save(path)


def masks(folder: Path) -> None:
    """A hole in each of them."""
    photographs(folder, count=1)
    for path in folder.iterdir():
        hidden = np.zeros((48, 48), np.uint8)
        hidden[16:30, 16:30] = 255
        Image.fromarray(hidden).save(path)


def wines(path: Path) -> None:
    """Numbers of wines."""
    table = load_wine(as_frame=True).data
    table.insert(0, "id", [f"wine-{i}" for i in range(len(table))])
    table.to_csv(path, index=False)


def wines_by_month(folder: Path) -> None:
    """The same in several files."""
    table = load_wine(as_frame=True).data
    for month, name in enumerate(("2026-01", "2026/02", "2026/03")):
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.iloc[month::3].to_parquet(path)


def wines_with_gaps(path: Path) -> None:
    """The same, a tenth of the cells being empty."""
    table = load_wine(as_frame=True).data
    hidden = np.random.default_rng(0).random(table.shape) < 0.1
    table.mask(hidden).to_csv(path, index=False)


def labels(path: Path) -> None:
    """What the first of the built-in digits are."""
    digits = load_digits().target[:40]
    pd.DataFrame({"id": np.arange(40), "label": digits}).to_csv(path, index=False)


def likings(path: Path) -> None:
    """Digits as users and their pixels as items: ink is a rating."""
    ink = np.ceil(load_digits().images[:ITEMS].reshape(ITEMS, -1) / 4).astype(int)
    user, item = np.nonzero(ink)
    table = {
        "user": [f"user-{i}" for i in user],
        "item": [f"item-{i}" for i in item],
        "rating": ink[user, item],
    }
    pd.DataFrame(table).to_csv(path, index=False)


def recordings(folder: Path) -> None:
    """Calls that rise, or fall."""
    import soundfile

    folder.mkdir()
    time = np.arange(RATE // 4) / RATE
    rng = np.random.default_rng(0)
    for i in range(24):
        slope = (2500, -2500)[i % 2] * rng.uniform(0.8, 1.2)
        sound = np.sin(2 * np.pi * (1500 * time + slope * time**2))
        soundfile.write(folder / f"call-{i:02}.wav", 0.5 * sound, RATE)


def heights(path: Path, seed: int = 0, hole: bool = False) -> None:
    """A landscape: noise that is the larger the wider it is; in a damaged one some of it is 0."""
    rng = np.random.default_rng(seed)
    size = np.hypot(*np.meshgrid(*[np.fft.fftfreq(96)] * 2))
    noise = np.fft.fft2(rng.normal(size=(96, 96))) / np.maximum(size, 1e-2) ** 2
    surface = 2000 + np.fft.ifft2(noise).real.astype(np.float32)
    if hole:
        surface[30:60, 40:60] = 0
    np.save(path, surface)


def several_heights(folder: Path) -> None:
    """A few of them."""
    folder.mkdir()
    for seed in range(4):
        heights(folder / f"{seed}.npy", seed)


def heights_with_a_hole(path: Path) -> None:
    """The same, a part of it being 0."""
    heights(path, hole=True)


STAND_INS: Mapping[str, Callable[[Path], None]] = {
    "my-pictures": pictures,
    "features.csv": numbers,
    "photos": photographs,
    "PHOTOS": photographs,
    "DAMAGED": damaged,
    "photo.png": photograph,
    "damaged-photos": damaged,
    "grey-photos": grey,
    "masks": masks,
    "table.csv": wines,
    "gaps.csv": wines_with_gaps,
    "measurements/": wines_by_month,
    "labels.csv": labels,
    "ratings.csv": likings,
    "recordings": recordings,
    "elevation-maps": several_heights,
    "with-hole.npy": heights_with_a_hole,
}
