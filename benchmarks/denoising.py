"""Grey photographs with normal noise: one blind model against BM3D and non-local means.

    python benchmarks/denoising.py --minutes 60 --run models/denoising

Trained on Train400, which BSD68 and Set12 have no part in; noise is not clipped, as in the papers.
Peak signal-to-noise ratio in decibels, mean over pictures; BM3D and non-local means are told the
noise's deviation, ours is not. Settings were chosen on 40 pictures of Train400.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from results_file import read_results, training_record, write_results

from isthmus import Autoencoder, load

NAME = "denoising"
SETS = ("BSD68", "Set12")
DEVIATIONS = (15, 25, 50)
# Wider and deeper than the preset's, for an hour: chosen on the held-out pictures in four minutes.
WIDTHS, BLOCKS = (48, 96, 160), (4, 2, 2)
Floats = NDArray[np.float32]


def main() -> None:
    """Train where no model is there yet, then restore both sets by all methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", type=Path, required=True, help="folder to keep the model in")
    asked = parser.parse_args()
    pictures, results = read_pictures(), read_results(NAME)
    if not asked.run.exists():
        train(pictures["Train400"], asked)
    ae = load(asked.run)
    results["training"] = training_record(ae)
    methods = {"isthmus": lambda noisy, _: ae.restore(255 * noisy[None])[0] / 255, **rivals()}
    sets = results.setdefault("sets", {})
    for method, restore in methods.items():
        for name, deviation in itertools.product(SETS, DEVIATIONS):
            row = sets.setdefault(f"{name} {deviation}", {})
            if method == "isthmus" or method not in row:
                row[method] = measured(restore, pictures[name], deviation / 255)
                print(name, deviation, method, row[method], flush=True)
                write_results(NAME, results)


def train(pictures: list[Floats], asked: argparse.Namespace) -> None:
    """Fit the blind model and keep it."""
    ae = Autoencoder.from_preset(
        "restore-noise",
        random_state=asked.seed,
        network__widths=WIDTHS,
        network__blocks=BLOCKS,
        training__minutes=asked.minutes,
        training__augment=("turn",),
    )
    ae.fit(np.stack([np.rint(255 * p).astype(np.uint8) for p in pictures]))
    ae.save(asked.run)


def rivals() -> dict[str, Callable[[Floats, float], Any]]:
    """Those that are told the deviation, in units of 0..1."""
    import bm3d
    from skimage.restoration import denoise_nl_means

    def means(noisy: Floats, sigma: float) -> Any:
        # As its documentation recommends for a known deviation.
        return denoise_nl_means(
            noisy, patch_size=5, patch_distance=10, h=0.6 * sigma, sigma=sigma, fast_mode=True
        )

    return {"bm3d": lambda noisy, sigma: bm3d.bm3d(noisy, sigma), "non-local means": means}


def measured(
    restore: Callable[[Floats, float], Any], pictures: list[Floats], sigma: float
) -> dict[str, float]:
    """Mean decibels over pictures, and seconds a picture; the noise is the same for all methods."""
    found, begun = [], time.perf_counter()
    for number, clean in enumerate(pictures):
        noise = np.random.default_rng(number).normal(0.0, sigma, clean.shape)
        restored = np.clip(restore((clean + noise).astype(np.float32), sigma), 0.0, 1.0)
        found.append(-10 * np.log10(np.square(restored - clean).mean()))
    seconds = (time.perf_counter() - begun) / len(pictures)
    return {"psnr": float(np.mean(found)), "seconds_a_picture": seconds}


def read_pictures() -> dict[str, list[Floats]]:
    """The pictures of each set, in 0..1."""
    found: dict[str, list[Floats]] = {}
    with tarfile.open(Path(os.environ["ISTHMUS_DATA"]) / "denoise_gray.tar") as tar:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                pixels = np.asarray(Image.open(io.BytesIO(file.read())).convert("L"), np.float32)
                found.setdefault(Path(member.name).parent.name, []).append(pixels / 255)
    return found


if __name__ == "__main__":
    main()
