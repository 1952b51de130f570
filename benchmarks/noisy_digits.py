"""MNIST with normal noise of deviation 0.5, clipped: how clean, how soon, and what a reader gains.

    python benchmarks/noisy_digits.py --minutes 0.5 25

Each time is one fit of the preset `restore-noise` to the 60,000 training digits. Error: mean square
over the 10,000 test digits, pixels in 0..1, the same noise for all. Readers are scikit-learn's with
their own settings, trained on clean digits; they read clean, noisy and cleaned test digits. What
the old network takes is in ``historical.json``.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from results_file import read_results, training_record, write_results
from scipy.ndimage import median_filter
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from isthmus import Autoencoder
from isthmus.data import Dataset, open_data
from isthmus.uses.evaluation import rival_of

NAME = "noisy_digits"
DEVIATION = 0.5
NOISE = {"name": "gaussian", "deviation": DEVIATION, "clip": True}
# A smaller network than the preset's is better in less than two minutes: seen on held-out digits.
A_SMALL_ONE = 2.0
SMALL: dict[str, Any] = {"network__widths": (32, 64), "network__blocks": (1, 2)}
LARGE: dict[str, Any] = {}
Floats = NDArray[np.float32]


def main() -> None:
    """Fit for each time, then let the readers read what the longest fit cleaned."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", required=True)
    asked = parser.parse_args()
    data, results = open_data("mnist"), read_results(NAME)
    assert data.test is not None
    clean = data.test.items.astype(np.float32) / 255
    noise = np.random.default_rng(0).normal(0.0, DEVIATION, clean.shape)
    noisy = np.clip(clean + noise, 0.0, 1.0).astype(np.float32)
    results["noisy"] = {"mse": mse(noisy, clean)}
    results["median of 3x3"] = {"mse": mse(median_filter(noisy, (1, 3, 3)), clean)}
    for minutes in sorted(asked.minutes):
        size = SMALL if minutes < A_SMALL_ONE else LARGE
        ae = Autoencoder.from_preset(
            "restore-noise", random_state=0, corruption=NOISE, training={"minutes": minutes}, **size
        )
        ae.fit(data.items)
        cleaned = np.clip(ae.restore(noisy * 255) / 255, 0.0, 1.0)
        results.setdefault("fits", {})[f"{minutes:g}"] = {
            "mse": mse(cleaned, clean),
            **training_record(ae),
            "threads": torch.get_num_threads(),
        }
        print(minutes, results["fits"][f"{minutes:g}"]["mse"], flush=True)
        write_results(NAME, results)
    rival = rival_of(ae, data.items)
    seen = torch.from_numpy(noisy)[..., None]
    guessed = rival.restore(seen)[..., 0].numpy()  # type: ignore[union-attr]
    results["PCA"] = {"mse": mse(guessed, clean)}
    read(data, {"clean": clean, "noisy": noisy, "PCA": guessed, "cleaned": cleaned}, results)


def mse(restored: NDArray[Any], clean: Floats) -> float:
    return float(np.square(restored.astype(np.float64) - clean).mean())


def read(data: Dataset, pictures: dict[str, NDArray[Any]], results: dict[str, Any]) -> None:
    """Accuracy of readers that learnt from clean digits."""
    assert data.test is not None
    assert data.test.labels is not None
    rows = data.items.reshape(len(data), -1).astype(np.float32) / 255
    readers = {
        "logistic regression": LogisticRegression(max_iter=200),
        "5 nearest neighbours": KNeighborsClassifier(5),
        "random forest": RandomForestClassifier(random_state=0),
        "MLP": MLPClassifier((256,), early_stopping=True, random_state=0),
    }
    for name, reader in readers.items():
        reader.fit(rows, data.labels)
        results.setdefault("readers", {})[name] = {
            kind: float(reader.score(shown.reshape(len(shown), -1), data.test.labels))
            for kind, shown in pictures.items()
        }
        print(name, results["readers"][name], flush=True)
        write_results(NAME, results)


if __name__ == "__main__":
    main()
