"""Maps in two dimensions: ours beside openTSNE, umap-learn and PCA, in one run.

    python benchmarks/maps.py mnist fashion-mnist pbmc plankton64 --seeds 3

The preset 'map' gets the training items as they are; openTSNE and umap-learn, both with their own
settings, get 50 numbers of PCA, whose time counts. All have both cores, and each has made a small
map before, so that nothing is compiled while time is taken; umap-learn has no seed, without which
it is faster. A map is judged by how many test items five training neighbours on it tell the label
of; by the trustworthiness of training items (2,000 drawn, among all, 15 and 5 neighbours, distances
of pixels, of cells those of all logged genes); and by the time for placing the test items. Only
ours and PCA decode: the mean squared error of test items. Cells are prepared as in `cells.py`, a
fifth held out. How our map places items (voters, sharpness, rounds, cells) was chosen on a sixth of
MNIST's training pictures, held out. Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openTSNE
import umap
from cells import log_counts
from numpy.typing import NDArray
from results_file import run_missing
from sklearn.decomposition import PCA

from isthmus import Autoencoder, open_data
from isthmus.data.rows import drawn, held_out_split
from isthmus.uses.maps import told_by_neighbours, trustworthiness

NAME = "maps"
NUMBERS, ASKED, CORES = 50, 2000, 2
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Items:
    """A set: items of any shape, and labels as text."""

    train: NDArray[Any]
    labels: NDArray[np.str_]
    test: NDArray[Any]
    test_labels: NDArray[np.str_]


@dataclass(frozen=True)
class Drawn:
    """A map, and what can be done with it."""

    places: Floats
    place: Callable[[NDArray[Any]], Floats]
    decode: Callable[[Floats], Floats] | None = None


def main() -> None:
    """Run what is missing, write after every set and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", choices=SETS)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    for name in asked.sets:
        run_missing(NAME, "sets", name, asked.seeds, partial(one, SETS[name]()))


def one(items: Items, seed: int) -> dict[str, Any]:
    """All ways of one set."""
    small = Items(items.train[:600], items.labels[:600], items.test[:60], items.test_labels[:60])
    for way in WAYS.values():
        judged(way, small, seed)
    return {name: judged(way, items, seed) for name, way in WAYS.items()}


def judged(way: Callable[[NDArray[Any], int], Drawn], items: Items, seed: int) -> dict[str, Any]:
    """One map of one set."""
    begun = time.perf_counter()
    drawn_map = way(items.train, seed)
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    places = drawn_map.place(items.test)
    placing = time.perf_counter() - begun
    rows = flat(items.train)
    asked = drawn(len(rows), ASKED, 0)
    found = {
        "told": told_by_neighbours(drawn_map.places, items.labels, places, items.test_labels),
        "trustworthiness_15": trustworthiness(rows, drawn_map.places, 15, asked),
        "trustworthiness_5": trustworthiness(rows, drawn_map.places, 5, asked),
        "seconds": seconds,
        "placed": len(places),
        "placing_seconds": placing,
    }
    if drawn_map.decode is not None:
        found["mse"] = float(np.square(drawn_map.decode(places) - flat(items.test)).mean())
    return found


def flat(items: NDArray[Any]) -> Floats:
    """Items as rows, pixels 0..1."""
    rows = items.reshape(len(items), -1)
    return rows.astype(np.float32) / 255 if items.dtype == np.uint8 else rows


def by_isthmus(train: NDArray[Any], seed: int) -> Drawn:
    ae = Autoencoder.from_preset("map", 2, random_state=seed).fit(train)
    of_one = 255 if train.dtype == np.uint8 else 1
    return Drawn(ae.transform(train), ae.transform, lambda places: decoded(ae, places) / of_one)


def decoded(ae: Autoencoder, places: Floats) -> Floats:
    rebuilt = ae.inverse_transform(places)
    return rebuilt.reshape(len(rebuilt), -1)


def by_tsne(train: NDArray[Any], seed: int) -> Drawn:
    pca = numbers_of(train, seed)
    found = openTSNE.TSNE(n_jobs=CORES, random_state=seed).fit(pca.transform(flat(train)))

    def place(new: NDArray[Any]) -> Floats:
        return np.asarray(found.transform(pca.transform(flat(new))))

    return Drawn(np.asarray(found), place)


def by_umap(train: NDArray[Any], seed: int) -> Drawn:
    pca = numbers_of(train, seed)
    found = umap.UMAP(n_jobs=CORES)
    places = found.fit_transform(pca.transform(flat(train)))
    return Drawn(places, lambda new: found.transform(pca.transform(flat(new))))


def by_pca(train: NDArray[Any], seed: int) -> Drawn:
    pca = PCA(2, random_state=seed).fit(flat(train))
    place = partial(_plane, pca)
    return Drawn(place(train), place, pca.inverse_transform)


def _plane(pca: PCA, items: NDArray[Any]) -> Floats:
    return np.asarray(pca.transform(flat(items)))


def numbers_of(train: NDArray[Any], seed: int) -> PCA:
    return PCA(NUMBERS, random_state=seed).fit(flat(train))


def pictures(name: str) -> Items:
    data = open_data(name)
    assert data.test is not None
    return Items(data.items, np.asarray(data.labels), data.test.items, np.asarray(data.test.labels))


def cells() -> Items:
    with np.load(Path(os.environ["ISTHMUS_DATA"]) / "sc_10x_pbmc.npz") as arrays:
        rows, labels = log_counts(arrays["counts"]), arrays["label"].astype(str)
    kept, held = held_out_split(len(rows), 0.2, 0, largest=None)
    return Items(rows[kept], labels[kept], rows[held], labels[held])


def particles() -> Items:
    with np.load(Path(os.environ["ISTHMUS_DATA"]) / "plankton64.npz") as arrays:
        test, labels = arrays["test"] == 1, arrays["label"].astype(str)
        images = arrays["images"]
    return Items(images[~test], labels[~test], images[test], labels[test])


SETS: dict[str, Callable[[], Items]] = {
    "mnist": partial(pictures, "mnist"),
    "fashion-mnist": partial(pictures, "fashion-mnist"),
    "pbmc": cells,
    "plankton64": particles,
}
WAYS: dict[str, Callable[[NDArray[Any], int], Drawn]] = {
    "isthmus": by_isthmus,
    "openTSNE": by_tsne,
    "umap-learn": by_umap,
    "PCA": by_pca,
}

if __name__ == "__main__":
    main()
