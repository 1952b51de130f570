"""Grey scenes to colour: ours against a colour for each grey level and a linear model.

    python benchmarks/colours.py --minutes 60 --run models/colours

Fitted to the training part of the Intel scenes; errors on the 3,000 test pictures, in a* and b* of
CIELAB (D65): root mean square of both, and the mean distance. Rivals learn from the same part: the
most likely and the mean a*b* of each grey level, and a linear model of the 5x5 pixels around with
the place in the picture.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from results_file import read_results, training_record, write_results
from skimage.color import rgb2lab
from sklearn.linear_model import Ridge

from isthmus import Autoencoder, load
from isthmus.data import open_data

NAME = "colours"
EVERY, LEVELS, BINS = 4, 256, 110
Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating]


def main() -> None:
    """Fit, then give the test pictures their colours by all methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--run", type=Path, required=True, help="folder to keep the model in")
    asked = parser.parse_args()
    data = open_data(Path(os.environ["ISTHMUS_DATA"]) / "intel128.zip")
    assert data.test is not None
    if not asked.run.exists():
        ae = Autoencoder.from_preset(
            "restore-colour",
            random_state=0,
            network={"name": "u-net", "widths": (32, 64, 96, 128, 128), "blocks": (1, 1, 2, 2, 2)},
            loss="cielab",
            # The preset takes this rate too at this size, half of that of smaller pictures.
            training={"minutes": asked.minutes, "augment": ("flip",), "learning_rate": 1e-3},
        )
        ae.fit(data.items).save(asked.run)
    ae = load(asked.run)
    results: dict[str, Any] = read_results(NAME) | {
        "training": {
            **training_record(ae),
            "threads": torch.get_num_threads(),
        }
    }
    pictures, labels = np.asarray(data.test.items), data.test.labels
    assert labels is not None
    wanted = chroma(pictures)
    grey = pictures @ np.array([0.299, 0.587, 0.114])
    coloured = np.clip(ae.restore(grey.astype(np.float32)), 0, 255)
    guesses = {"isthmus": chroma(coloured), **rivals(np.asarray(data.items), grey)}
    for name, guess in guesses.items():
        squares = np.square(guess - wanted).sum(-1)
        results[name] = {
            "rms": float(np.sqrt(squares.mean() / 2)),
            "mean_distance": float(np.sqrt(squares).mean()),
            "rms_by_class": {
                str(label): float(np.sqrt(squares[labels == label].mean() / 2))
                for label in np.unique(labels)
            },
        }
        print(name, results[name], flush=True)
    write_results(NAME, results)


def chroma(pictures: NDArray[Any]) -> Floats:
    """The a* and b* of pixels in 0..255, (n, H, W, 3) to (n, H, W, 2)."""
    found = [rgb2lab(picture / 255.0)[..., 1:].astype(np.float32) for picture in pictures]
    return np.stack(found)


def rivals(fitted: Pixels, grey: Floats) -> dict[str, Floats]:
    """The a* and b* of grey test pictures by what can be said without a network."""
    some = fitted[::EVERY]
    colours, levels = chroma(some), some @ np.array([0.299, 0.587, 0.114])
    which = np.rint(levels).astype(int).clip(0, LEVELS - 1)
    mean, likeliest = np.zeros((LEVELS, 2)), np.zeros((LEVELS, 2))
    for level in range(LEVELS):
        of_level = colours[which == level]
        if len(of_level):
            mean[level] = of_level.mean(0)
            ends = [[-BINS, BINS]] * 2
            counts, a, b = np.histogram2d(*of_level.T, bins=BINS, range=ends)
            place = np.unravel_index(counts.argmax(), counts.shape)
            likeliest[level] = [a[place[0]] + 1, b[place[1]] + 1]
    asked = np.rint(grey).astype(int).clip(0, LEVELS - 1)
    linear = Ridge()
    sample = slice(None, None, 8)
    linear.fit(around(levels[sample]).reshape(-1, 27)[::7], colours[sample].reshape(-1, 2)[::7])
    by_line = np.stack([linear.predict(around(each[None])[0].reshape(-1, 27)) for each in grey])
    return {
        "most likely of the grey level": likeliest[asked],
        "mean of the grey level": mean[asked],
        "linear": by_line.reshape(*grey.shape, 2),
    }


def around(grey: Floats) -> Floats:
    """The 5x5 levels around each pixel and its place, (n, H, W) to (n, H, W, 27)."""
    n, height, width = grey.shape
    padded = np.pad(grey, ((0, 0), (2, 2), (2, 2)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), axis=(1, 2))
    rows, columns = np.mgrid[:height, :width]
    place = np.broadcast_to(np.stack([rows, columns], -1), (n, height, width, 2))
    return np.concatenate([windows.reshape(n, height, width, 25), place], axis=-1)


if __name__ == "__main__":
    main()
