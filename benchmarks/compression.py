"""Files of pictures: ours against JPEG 2000, WebP, JPEG and AVIF at the same number of bytes.

    python benchmarks/compression.py scenes --minutes 60 --run models/scenes
    python benchmarks/compression.py kodak --minutes 60 --run models/kodak --photos /usr/share
    python benchmarks/compression.py mnist --minutes 10 --run models/digits

``scenes``: fitted to the training part of the Intel scenes (128x128), measured on every fifteenth
test picture. ``kodak``: fitted to half of those scenes and to the photographs of the list
``photographs.txt``, which come with Debian's packages; measured on the 24 of Kodak. ``mnist``: the
10,000 test digits as one archive against one mosaic of them in other codecs' files, at equal
squared error. Sizes are those of whole files; every codec has its best setting. Settings were
chosen on pictures of the training part that were held out.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from picture_codecs import CODECS, best_under, ms_ssim, psnr, smallest_over
from PIL import Image
from results_file import read_results, training_record, write_results

from isthmus import Autoencoder, load
from isthmus.data import open_data
from isthmus.uses.compression import Codec

NAME = "compression"
EVERY = 15
# 307 bytes of a scene are 0.15 bits a pixel; the others make the curve.
BITS_PER_PIXEL = {"scenes": (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0), "kodak": (0.15, 0.3)}
# Steps of archives of digits, from good to poor.
STEPS = (120, 140, 160, 180)
SIDE, LONGER_SIDES = 128, (1536, 768)
Pixels = NDArray[np.uint8]


def main() -> None:
    """Train where no model is there yet, then measure what has not been measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=FITTED)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", type=Path, required=True, help="folder to keep the model in")
    parser.add_argument("--photos", type=Path, help="where the packages' files lie, for kodak")
    asked = parser.parse_args()
    results = read_results(NAME)
    if not asked.run.exists():
        settings: dict[str, Any] = {"training__minutes": asked.minutes}
        if asked.what != "mnist":
            settings["training__augment"] = ("flip",)
        ae = Autoencoder.from_preset("compression", random_state=asked.seed, **settings)
        ae.fit(FITTED[asked.what](asked.photos), watcher=Telling())
        ae.save(asked.run)
    ae = load(asked.run)
    results[asked.what] = results.get(asked.what, {}) | {"training": training_record(ae)}
    codec = Codec(ae)
    if asked.what == "mnist":
        measure_archive(codec, results)
    else:
        pictures = scenes("test")[::EVERY] if asked.what == "scenes" else kodak()
        measure(codec, pictures, results, asked.what)


def digits(part: str) -> Pixels:
    data = open_data("mnist")
    assert data.test is not None
    return np.asarray(data.items if part == "train" else data.test.items)


def with_photos(photos: Path) -> Pixels:
    """Every second scene, and squares of the photographs at two resolutions."""
    names = (Path(__file__).parent / "photographs.txt").read_text(encoding="utf-8").splitlines()
    squares = scenes("train")[::2]
    for name in names:
        if name and not name.startswith("#"):
            with Image.open(photos / name) as image:
                squares += squares_of(image.convert("RGB"))
    return np.stack(squares)


def squares_of(photo: Image.Image) -> list[Pixels]:
    found = []
    for longer in LONGER_SIDES:
        share = longer / max(photo.size)
        size = round(photo.width * share), round(photo.height * share)
        pixels = np.asarray(photo.resize(size, Image.Resampling.LANCZOS))
        down, across = (side // SIDE for side in pixels.shape[:2])
        whole = pixels[: down * SIDE, : across * SIDE]
        found += list(
            whole.reshape(down, SIDE, across, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
        )
    return found


#: What each model is fitted to.
FITTED: dict[str, Callable[[Path], Pixels]] = {
    "scenes": lambda photos: np.stack(scenes("train")),
    "kodak": with_photos,
    "mnist": lambda photos: digits("train"),
}


class Telling:
    """Prints each epoch."""

    def step(self, done: float, loss: float) -> None:
        pass

    def epoch(self, epoch: Any) -> None:
        print(epoch, flush=True)


def measure(codec: Codec, pictures: list[Pixels], results: dict[str, Any], what: str) -> None:
    """All codecs at all rates, written after each."""
    table = results[what].setdefault("at_rates", {})
    for name, rate in itertools.product(("isthmus", *CODECS), BITS_PER_PIXEL[what]):
        row = table.setdefault(f"{rate:g}", {})
        if name not in row:
            row[name] = at_rate(codec, name, pictures, rate)
            print(rate, name, row[name], flush=True)
            write_results(NAME, results)


def at_rate(codec: Codec, name: str, pictures: list[Pixels], rate: float) -> dict[str, Any]:
    """Mean quality over the pictures that fit, and how many those are."""
    found, begun = [], time.perf_counter()
    for picture in pictures:
        n_bytes = int(rate * picture.shape[0] * picture.shape[1] / 8)
        if name == "isthmus":
            data = codec.compress(picture, n_bytes=n_bytes)
            result = codec.decompress(data), len(data)
        else:
            result = best_under(name, picture, n_bytes)
        if result is not None:
            found.append((psnr(picture, result[0]), ms_ssim(picture, result[0]), result[1]))
    seconds = (time.perf_counter() - begun) / len(pictures)
    if not found:
        return {"fit": 0, "of": len(pictures)}
    decibels, similarity, n_bytes = np.mean(found, axis=0).tolist()
    return {
        "fit": len(found),
        "of": len(pictures),
        "psnr": decibels,
        "psnr_standard_error": float(np.std([one[0] for one in found]) / len(found) ** 0.5),
        "ms_ssim": similarity,
        "bytes": n_bytes,
        "seconds_a_picture": seconds,
    }


def measure_archive(codec: Codec, results: dict[str, Any]) -> None:
    """Bytes of the test digits as one file, and of one mosaic of them of the same quality."""
    pictures = digits("test")
    mosaic = mosaic_of(pictures)
    rows = results["mnist"]["archives"] = []
    for step in STEPS:
        data = codec.pack(pictures, step=step)
        unpacked = np.stack(list(codec.unpack(data).values()))
        quality = psnr(mosaic, mosaic_of(unpacked))
        row = {"step": step, "psnr": quality, "isthmus": len(data)}
        for name in CODECS:
            row[name] = smallest_over(name, mosaic, quality)
        rows.append(row)
        print(row, flush=True)
    png = io.BytesIO()
    Image.fromarray(mosaic).save(png, format="PNG", optimize=True)
    results["mnist"]["png_without_loss"] = len(png.getvalue())
    write_results(NAME, results)


def mosaic_of(pictures: Pixels) -> Pixels:
    """A square of 100 by 100 pictures."""
    n, height, width = pictures.shape
    side = round(n**0.5)
    tiles = pictures.reshape(side, side, height, width).swapaxes(1, 2)
    return tiles.reshape(side * height, side * width)


def kodak() -> list[Pixels]:
    """The 24 pictures of Kodak, in the order of their names."""
    with tarfile.open(Path(os.environ["ISTHMUS_DATA"]) / "kodak.tar") as tar:
        members = sorted((m for m in tar.getmembers() if m.isfile()), key=lambda m: m.name)
        files = [tar.extractfile(member) for member in members]
        return [
            np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB"))
            for file in files
            if file is not None
        ]


def scenes(part: str) -> list[Pixels]:
    """Pictures of the Intel scenes, in the order of their names."""
    with zipfile.ZipFile(Path(os.environ["ISTHMUS_DATA"]) / "intel128.zip") as archive:
        names = sorted(
            name for name in archive.namelist() if f"{part}/" in name and name.endswith(".webp")
        )
        return [
            np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in names
        ]


if __name__ == "__main__":
    main()
