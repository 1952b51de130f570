"""Files of pictures: ours against JPEG 2000, WebP, JPEG and AVIF at the same number of bytes.

    python benchmarks/compression.py scenes --minutes 60 --run models/scenes

``scenes``: fitted to the training part of the Intel scenes (128x128), measured on every fifteenth
test picture. Sizes are those of whole files; every codec has its best setting under the limit.
Settings were chosen on pictures of the training part that were held out.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from picture_codecs import CODECS, best_under, ms_ssim, psnr
from PIL import Image
from results_file import read_results, write_results

from isthmus import Autoencoder, load
from isthmus.uses.compression import Codec

NAME = "compression"
EVERY = 15
# 307 bytes are 0.15 bits a pixel; the others make the curve.
BITS_PER_PIXEL = (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0)
Pixels = NDArray[np.uint8]


def main() -> None:
    """Train where no model is there yet, then measure what has not been measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["scenes"])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", type=Path, required=True, help="folder to keep the model in")
    asked = parser.parse_args()
    results = read_results(NAME)
    if not asked.run.exists():
        ae = Autoencoder.from_preset(
            "compression",
            random_state=asked.seed,
            training__minutes=asked.minutes,
            training__augment=("flip",),
        )
        ae.fit(np.stack(scenes("train")), watcher=Telling())
        ae.save(asked.run)
    ae = load(asked.run)
    results[asked.what] = results.get(asked.what, {}) | {
        "training": {
            "seconds": ae.seconds_,
            "epochs": ae.n_iter_,
            "n_parameters": ae.n_parameters_,
            "settings": ae.settings(),
            "seed": ae.random_state,
        }
    }
    measure(Codec(ae), scenes("test")[::EVERY], results, asked.what)


class Telling:
    """Prints each epoch."""

    def step(self, done: float, loss: float) -> None:
        pass

    def epoch(self, epoch: Any) -> None:
        print(epoch, flush=True)


def measure(codec: Codec, pictures: list[Pixels], results: dict[str, Any], what: str) -> None:
    """All codecs at all rates, written after each."""
    table = results[what].setdefault("at_rates", {})
    for name, rate in itertools.product(("isthmus", *CODECS), BITS_PER_PIXEL):
        row = table.setdefault(f"{rate:g}", {})
        if name not in row or name == "isthmus":
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
