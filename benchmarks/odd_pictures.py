"""Odd pictures: one class is normal, all others are odd; MNIST and Fashion-MNIST.

    OMP_NUM_THREADS=1 python benchmarks/odd_pictures.py mnist fashion-mnist

Every method learns from the training pictures of one class, without any odd one, and scores all
test pictures; area under the ROC curve, for each class. Ours is the default autoencoder with 64
numbers, fitted for 20 epochs. Rivals, at three sizes each: the error of PCA, and the mean distance
to the five nearest in PCA's numbers; and that in pixels. How much the error weighs beside the
distances was chosen by hand on four classes of Fashion-MNIST and one of MNIST, by test pictures:
the other classes are free of it, and their means stand apart. Runs that are in the results already
are not run again.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results_file import run_missing
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from isthmus import AnomalyDetector, Autoencoder, open_data
from isthmus.data import Dataset

NAME = "odd_pictures"
NUMBERS, EPOCHS, NEAREST = 64, 20, 5
SIZES = (32, 64, 128)
#: Classes, in the order of their names, that the weight of the error was chosen by.
CHOSEN_BY = {"mnist": (2,), "fashion-mnist": (0, 4, 6, 7)}
Floats = NDArray[np.floating]


def main() -> None:
    """Run what is missing, write after every class."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    for name in asked.sets:
        data = open_data(name)
        for i, normal in enumerate(np.unique(data.labels).tolist()):
            entry = partial(one, data, normal, i in CHOSEN_BY[name])
            run_missing(NAME, "classes", f"{name}: {normal}", asked.seeds, entry)


def one(data: Dataset, normal: str, chose: bool, seed: int) -> dict[str, Any]:
    """Every method for one normal class."""
    assert data.test is not None
    train = np.asarray(data.items[data.labels == normal])
    test, odd = np.asarray(data.test.items), data.test.labels != normal
    begun = time.process_time()
    ae = Autoencoder(NUMBERS, training={"epochs": EPOCHS}, random_state=seed)
    detector = AnomalyDetector(ae, random_state=seed).fit(train)
    scores = {"isthmus": -detector.score_samples(test)}
    seconds = time.process_time() - begun
    rows, asked = (x.reshape(len(x), -1) / np.float32(255) for x in (train, test))
    for size in SIZES:
        pca = PCA(size, random_state=0).fit(rows)
        code = pca.transform(asked)
        error = np.square(pca.inverse_transform(code) - asked).sum(1)
        scores[f"PCA error, {size}"] = error
        scores[f"5 nearest in PCA, {size}"] = far(pca.transform(rows), code)
    scores["5 nearest in pixels"] = far(rows, asked)
    aurocs = {name: float(roc_auc_score(odd, values)) for name, values in scores.items()}
    p_values = detector.p_values_of(-scores["isthmus"][~odd], test[~odd])
    alarms = float((p_values <= detector.false_alarms).mean())
    return {
        "n_train": len(train),
        "chose": chose,
        "auroc": aurocs,
        "false_alarms": alarms,
        "cpu_seconds": seconds,
    }


def far(rows: Floats, asked: Floats) -> Floats:
    """Mean distance to the five nearest rows."""
    return np.asarray(NearestNeighbors(n_neighbors=NEAREST).fit(rows).kneighbors(asked)[0].mean(1))


if __name__ == "__main__":
    main()
