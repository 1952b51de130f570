"""Particles as pictures and numbers: what ten labels a class are worth on each, and on both.

    OMP_NUM_THREADS=1 python benchmarks/particles.py --models models/particles

The set plankton64: 8,273 particles of 121 classes to learn from, 2,034 to test, each a picture of
64x64 pixels with 17 measurements of its shape. Codes of 64 numbers are learnt without labels from
the particles to learn from; then ten labels a class (all where there are no more) are drawn three
times, and accuracy is that on the test particles, which were in no fit. Every set of numbers gets
the same classifier, ours. A particle has no up and no left, so pictures are turned by any angle and
mirrored while the preset 'contrastive' learns; its network and its epochs were chosen by the time
they take, and nothing by accuracy. Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from drawn_labels import drawn_labels
from numpy.typing import NDArray
from results_file import fitted_once, run_missing, training_record
from sklearn.decomposition import PCA

from isthmus import Autoencoder, FewLabelsClassifier, Parts
from isthmus.uses.alike import NeighbourGraph

NAME = "particles"
EACH, DRAWS, NUMBERS = 10, 3, 64
SIDES = (64, 64)
#: How particles change and stay what they are.
ANY_WAY_UP = {"corruption__turn": 180.0, "corruption__mirror": 0.5}
NETWORK = {"network__widths": (16, 32, 64, 128)}
Floats = NDArray[np.floating]


def main() -> None:
    """Run what is missing, write after every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--models", type=Path, help="folder to keep the fits in")
    asked = parser.parse_args()
    with np.load(Path(os.environ["ISTHMUS_DATA"]) / "plankton64.npz") as held:
        data = {name: held[name] for name in ("images", "features", "label", "test")}
    run_missing(NAME, "sets", "plankton64", asked.seeds, partial(one, data, asked))


def one(data: dict[str, Any], asked: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Codes of each part and of both, and what labels are worth on them."""
    learnt, test = data["test"] == 0, data["test"] == 1
    parts = Parts(SIDES)
    rows = parts.join(data["images"], data["features"])
    contrastive = Autoencoder.from_preset(
        "contrastive",
        NUMBERS,
        training__epochs=asked.epochs,
        training__batch_size=256,
        random_state=seed,
        **NETWORK,
        **ANY_WAY_UP,
    )
    of_picture = fitted_once(contrastive, data["images"][learnt], asked.models, f"picture-{seed}")
    mixed = contrastive.for_parts(SIDES)
    of_both = fitted_once(mixed, rows[learnt], asked.models, f"both-{seed}")
    plain = Autoencoder(NUMBERS, training={"epochs": 12}, random_state=seed).for_parts(SIDES)
    default = fitted_once(plain, rows[learnt], asked.models, f"default-{seed}")
    scaled = of_both.scaling_.apply(rows)
    pixels, numbers = parts.split(scaled)
    no_numbers, no_picture = rows.copy(), rows.copy()
    parts.split(no_numbers)[1][:] = parts.split(no_picture)[0][:] = np.nan
    ways = {
        "both": of_both.transform(rows),
        "both, of a fit to both that is shown the picture alone": of_both.transform(no_numbers),
        "both, of a fit to both that is shown the numbers alone": of_both.transform(no_picture),
        "both, default": default.transform(rows),
        "picture": of_picture.transform(data["images"]),
        "numbers as they are": numbers,
        "PCA of both": pca(scaled, learnt),
        "PCA of the picture": pca(pixels.reshape(len(pixels), -1), learnt),
    }
    fits = {"both": of_both, "picture": of_picture, "default": default}
    return {
        "training": {name: training_record(ae) for name, ae in fits.items()},
        "ways": {name: judged(codes, data["label"], learnt, test) for name, codes in ways.items()},
    }


def pca(rows: Floats, learnt: NDArray[np.bool_]) -> Floats:
    """Numbers of PCA, fitted to what may be learnt from."""
    return np.asarray(PCA(NUMBERS, random_state=0).fit(rows[learnt]).transform(rows))


def judged(
    codes: Floats, labels: NDArray[Any], learnt: NDArray[np.bool_], test: NDArray[np.bool_]
) -> dict[str, Any]:
    """Accuracy on the test items, of every draw of labels."""
    codes = (codes / np.maximum(codes[learnt].std(0).mean(), 1e-9)).astype(np.float32)
    graph = NeighbourGraph.of(codes[learnt])
    found = []
    for draw in range(DRAWS):
        model = FewLabelsClassifier()
        model.fit_codes(codes[learnt], drawn_labels(labels[learnt], EACH, draw), graph)
        answers = model.classes_[model.answers(codes[test]).argmax(1)]
        found.append(float((answers == labels[test].astype(str)).mean()))
    return {"accuracy": found, "way": model.way_}


if __name__ == "__main__":
    main()
