"""Kinds without labels and classes from four labels each, of MNIST and Fashion-MNIST.

    OMP_NUM_THREADS=1 python benchmarks/few_labels.py mnist --epochs 22
    OMP_NUM_THREADS=1 python benchmarks/few_labels.py fashion-mnist --epochs 60

The preset 'contrastive' for digits, 'contrastive-things' for clothes, is fitted to the 60,000
training pictures without labels. Kinds: agreement
of the kinds found among them with their labels (V-measure), for ten kinds and for as many as are
found. Classes: four labels of each, drawn ten times; accuracy on the 10,000 test pictures, which
were in no fit. Rivals have the same labels: logistic regression of pixels and of 64 numbers of
PCA, and our own spreading of labels on PCA's numbers. For kinds: k-means of pixels and of PCA's
numbers, and our kinds on PCA's numbers. What 'contrastive' is (widths, weight, temperature) was
chosen on MNIST's training pictures by these two measures, the test pictures' accuracy being seen
too; the views of 'contrastive-things' on 20,000 training pictures of Fashion-MNIST and their labels
alone. Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from drawn_labels import drawn_labels
from numpy.typing import NDArray
from results_file import fitted_once, run_missing, training_record
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import v_measure_score

from isthmus import Autoencoder, FewLabelsClassifier, open_data
from isthmus.data import Dataset
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.clusters import find_kinds

NAME = "few_labels"
EACH, DRAWS, KINDS, NUMBERS = 4, 10, 10, 64
PRESETS = {"mnist": "contrastive", "fashion-mnist": "contrastive-things"}
Floats = NDArray[np.floating]


def main() -> None:
    """Run what is missing, write after every set and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--models", type=Path, help="folder to keep the fits in")
    asked = parser.parse_args()
    for name in asked.sets:
        run = partial(one, open_data(name), asked.epochs, asked.models)
        run_missing(NAME, "sets", name, asked.seeds, run)


def one(data: Dataset, epochs: int, models: Path | None, seed: int) -> dict[str, Any]:
    """Codes of one fit, and what they are good for, beside PCA's numbers and pixels."""
    assert data.test is not None
    preset = PRESETS[data.name]
    ae = Autoencoder.from_preset(preset, training__epochs=epochs, random_state=seed)
    ae = fitted_once(ae, data.items, models, f"{data.name}-{seed}")
    pixels, of_test = (
        x.reshape(len(x), -1) / np.float32(255) for x in (data.items, data.test.items)
    )
    pca = PCA(NUMBERS, random_state=0).fit(pixels)
    codes = {
        "isthmus": (ae.transform(data.items), ae.transform(data.test.items)),
        "PCA": (pca.transform(pixels), pca.transform(of_test)),
    }
    return {
        "preset": preset,
        "training": training_record(ae),
        "mse": -ae.score(data.test.items),
        "kinds": kinds(data, {name: own for name, (own, _) in codes.items()}, pixels),
        "classes": classes(data, data.test, codes, (pixels, of_test)),
    }


def kinds(data: Dataset, codes: dict[str, Floats], pixels: Floats) -> dict[str, Any]:
    """Agreement of kinds with labels."""
    found: dict[str, Any] = {}
    for name, own in codes.items():
        for wanted in (KINDS, None):
            begun = time.process_time()
            result = find_kinds(own, wanted)
            found[f"{name}, {wanted or 'none'} asked for"] = {
                "v_measure": float(v_measure_score(data.labels, result.labels)),
                "n_kinds": result.count,
                "stability": result.stability,
                "share_of_none": float((result.labels < 0).mean()),
                "cpu_seconds": time.process_time() - begun,
            }
    for name, own in (("k-means of pixels", pixels), ("k-means of PCA", codes["PCA"])):
        labels = KMeans(KINDS, n_init=3, random_state=0).fit_predict(own)
        found[name] = {"v_measure": float(v_measure_score(data.labels, labels)), "n_kinds": KINDS}
    return found


def classes(
    data: Dataset,
    test: Dataset,
    codes: dict[str, tuple[Floats, Floats]],
    pixels: tuple[Floats, Floats],
) -> dict[str, Any]:
    """Accuracy on the test items, of every draw of labels."""
    ways: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
        "isthmus": partial(spread, codes["isthmus"], NeighbourGraph.of(codes["isthmus"][0])),
        "label spreading on PCA": partial(spread, codes["PCA"], NeighbourGraph.of(codes["PCA"][0])),
        "logistic regression of PCA": partial(logistic, codes["PCA"]),
        "logistic regression of pixels": partial(logistic, pixels),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    assert data.labels is not None
    for draw in range(DRAWS):
        shown = drawn_labels(data.labels, EACH, draw)
        for name, way in ways.items():
            found[name].append(float((way(shown) == test.labels).mean()))
    return {name: {"accuracy": accuracies} for name, accuracies in found.items()}


def spread(
    codes: tuple[Floats, Floats], graph: NeighbourGraph, shown: NDArray[Any]
) -> NDArray[Any]:
    own, of_test = codes
    model = FewLabelsClassifier()
    model.fit_codes(own, shown, graph)
    return np.asarray(model.classes_[model.answers(of_test).argmax(1)])


def logistic(codes: tuple[Floats, Floats], shown: NDArray[Any]) -> NDArray[Any]:
    own, of_test = codes
    known = np.array([label is not None for label in shown])
    model = LogisticRegression(max_iter=2000).fit(own[known], shown[known].astype(str))
    return np.asarray(model.predict(of_test))


if __name__ == "__main__":
    main()
