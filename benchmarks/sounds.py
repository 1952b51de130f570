"""Spoken digits: classes from ten labels each, and kinds without labels.

    OMP_NUM_THREADS=1 python benchmarks/sounds.py

Codes are learnt from the 2,700 training recordings of the Free Spoken Digit Dataset without labels;
ten labels of each digit are drawn ten times, and accuracy is that on the 300 test recordings, which
were in no fit. Every set of numbers gets the same classifier, ours: spreading or a linear model, as
its held-out labels choose. MFCC: 20 of them, the cosine transform of the same levels in decibels,
averaged over time. Kinds: agreement with the digits of ten kinds among all recordings. How far the
preset 'contrastive' bends pictures of sound was set once, without turning.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

import numpy as np
from drawn_labels import drawn_labels
from numpy.typing import NDArray
from results_file import run_missing, training_record
from scipy.fft import dct
from sklearn.decomposition import PCA
from sklearn.metrics import v_measure_score

from isthmus import Autoencoder, FewLabelsClassifier, open_data
from isthmus.data import Dataset
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.clusters import find_kinds

NAME = "sounds"
EACH, DRAWS, KINDS, NUMBERS, COEFFICIENTS = 10, 10, 10, 64, 20
DECIBELS_A_LEVEL = 80 / 255
#: Sounds have no angle: they are higher or lower, longer or shorter, earlier or later.
AS_SOUND = {"corruption__turn": 0.0, "corruption__lean": 0.1}
Floats = NDArray[np.floating]


def main() -> None:
    """Run what is missing, write after every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=60)
    asked = parser.parse_args()
    run_missing(NAME, "sets", "fsdd", asked.seeds, partial(one, open_data("fsdd"), asked.epochs))


def one(data: Dataset, epochs: int, seed: int) -> dict[str, Any]:
    """Every set of numbers, what it is good for, and how long it took to learn."""
    assert data.test is not None
    both = data.items, data.test.items
    flat = [items.reshape(len(items), -1) / np.float32(255) for items in both]
    pca = PCA(NUMBERS, random_state=seed).fit(flat[0])
    default = Autoencoder(NUMBERS, training={"epochs": 20}, random_state=seed).fit(data.items)
    contrastive = Autoencoder.from_preset(
        "contrastive",
        NUMBERS,
        training__epochs=epochs,
        training__batch_size=256,
        random_state=seed,
        **AS_SOUND,
    ).fit(data.items)
    codes: dict[str, list[Floats]] = {
        "isthmus, preset contrastive": [contrastive.transform(items) for items in both],
        "isthmus, default": [default.transform(items) for items in both],
        "PCA of the pictures": [pca.transform(rows) for rows in flat],
        "MFCC means": [mfcc_means(items) for items in both],
    }
    return {
        "training": {
            "contrastive": training_record(contrastive),
            "default": training_record(default),
        },
        "ways": {name: judged(data, data.test, *own) for name, own in codes.items()},
    }


def mfcc_means(pictures: NDArray[np.uint8]) -> Floats:
    """Mean coefficients of each recording."""
    decibels = pictures[:, ::-1].astype(np.float64) * DECIBELS_A_LEVEL
    return np.asarray(dct(decibels, axis=1, norm="ortho")[:, :COEFFICIENTS].mean(2))


def judged(data: Dataset, test: Dataset, own: Floats, of_test: Floats) -> dict[str, Any]:
    """Accuracies of the draws, and the agreement of ten kinds."""
    assert data.labels is not None
    assert test.labels is not None
    spread = np.maximum(own.std(0), 1e-9)
    own, of_test = ((codes - own.mean(0)) / spread.mean() for codes in (own, of_test))
    graph = NeighbourGraph.of(own.astype(np.float32))
    accuracies = []
    for draw in range(DRAWS):
        model = FewLabelsClassifier()
        model.fit_codes(own.astype(np.float32), drawn_labels(data.labels, EACH, draw), graph)
        answers = model.classes_[model.answers(of_test.astype(np.float32)).argmax(1)]
        accuracies.append(float((answers == test.labels).mean()))
    kinds = find_kinds(np.concatenate([own, of_test]).astype(np.float32), KINDS)
    labels = np.concatenate([data.labels, test.labels])
    return {"accuracy": accuracies, "v_measure": float(v_measure_score(labels, kinds.labels))}


if __name__ == "__main__":
    main()
