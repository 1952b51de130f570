"""Odd rows of the 21 ADBench tables: one default of ours against one default of each rival.

    OMP_NUM_THREADS=1 python benchmarks/anomalies.py --seeds 5

Every method learns from half of the normal rows of a table and scores the other half and all odd
ones; area under the ROC curve. Of more than 20,000 rows as many are drawn, anew for each seed. All
get the same columns, standardised on the training rows; nobody sees a label. The three distances of
ours, the weight of the error, and what counts where columns say yes or no, were chosen by the mean
over these very tables at fewer rows and other splits. Rivals: scikit-learn's, and PyOD's with its
own settings; PCA is the error of a quarter of the columns. Runs that are in the results already are
not run again.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyod.models.auto_encoder import AutoEncoder
from pyod.models.ecod import ECOD
from pyod.models.vae import VAE
from results_file import run_missing
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

from isthmus import AnomalyDetector

NAME = "anomalies"
MOST_ROWS, PCA_SHARE, NEAREST, OF_LOF = 20_000, 4, 5, 20
Floats = NDArray[np.float64]
#: Fits to rows and scores others: higher is odder.
Method = Callable[[Floats, Floats, int], Floats]


def main() -> None:
    """Run what is missing, write after every table and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", help="all where none is named")
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", module="pyod")
    folder = Path(os.environ["ISTHMUS_DATA"]) / "adbench"
    for path in sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_size):
        table = path.stem.split("_", 1)[1]
        if not asked.tables or table in asked.tables:
            run_missing(NAME, "tables", table, asked.seeds, partial(one, path))


def one(path: Path, seed: int) -> dict[str, Any]:
    """Every method on one split of a table."""
    train, test, odd = split(path, seed)
    found: dict[str, Any] = {"n_train": len(train), "n_test": len(test), "n_odd": int(odd.sum())}
    for name, method in METHODS.items():
        begun = time.process_time()
        scores = method(train, test, seed)
        seconds = time.process_time() - begun
        found[name] = {"auroc": float(roc_auc_score(odd, scores)), "cpu_seconds": seconds}
    return found


def split(path: Path, seed: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Half of the normal rows; the rest with all odd ones; which of these are odd."""
    with np.load(path) as arrays:
        rows, odd = arrays["X"].astype(np.float64), arrays["y"] == 1
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(rows))[:MOST_ROWS]
    rows, odd = rows[order], odd[order]
    normal = np.flatnonzero(~odd)
    kept, others = np.split(normal, [len(normal) // 2])
    tested = np.concatenate([others, np.flatnonzero(odd)])
    mean, deviation = rows[kept].mean(0), rows[kept].std(0)
    scaled = (rows - mean) / np.where(deviation > 1e-9, deviation, 1.0)
    return scaled[kept], scaled[tested], odd[tested]


def ours(train: Floats, test: Floats, seed: int) -> Floats:
    return -AnomalyDetector(random_state=seed).fit(train).score_samples(test)


def neighbours(train: Floats, test: Floats, seed: int) -> Floats:
    search = NearestNeighbors(n_neighbors=NEAREST).fit(train)
    return np.asarray(search.kneighbors(test)[0].mean(1))


def pca_error(train: Floats, test: Floats, seed: int) -> Floats:
    pca = PCA(max(1, train.shape[1] // PCA_SHARE)).fit(train)
    return np.asarray(np.square(pca.inverse_transform(pca.transform(test)) - test).sum(1))


def forest(train: Floats, test: Floats, seed: int) -> Floats:
    return -np.asarray(IsolationForest(random_state=seed).fit(train).score_samples(test))


def local_factor(train: Floats, test: Floats, seed: int) -> Floats:
    search = LocalOutlierFactor(min(OF_LOF, len(train) - 1), novelty=True).fit(train)
    return -np.asarray(search.score_samples(test))


def of_pyod(model: Any) -> Method:
    def score(train: Floats, test: Floats, seed: int) -> Floats:
        settings = {} if model is ECOD else {"random_state": seed, "verbose": 0}
        return np.asarray(model(**settings).fit(train).decision_function(test))

    return score


METHODS: dict[str, Method] = {
    "isthmus": ours,
    "5 nearest neighbours": neighbours,
    "LOF": local_factor,
    "isolation forest": forest,
    "ECOD": of_pyod(ECOD),
    "PyOD AutoEncoder": of_pyod(AutoEncoder),
    "PyOD VAE": of_pyod(VAE),
    "PCA": pca_error,
}


if __name__ == "__main__":
    main()
