"""The historical networks on MNIST, PCA at the same code size beside each.

    python benchmarks/historical.py dense-20 conv-4x4x4 conv-7x7x8 --seeds 5

Each network is trained as its source did: all 60,000 training digits, its own optimiser, batch size
and epochs, no held-out part. Tested on the 10,000 test digits; PCA is scikit-learn's. Nothing was
tuned on anything. Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse

import numpy as np
from results_file import read_results, spread, write_results
from sklearn.decomposition import PCA

from isthmus import Autoencoder, open_data
from isthmus.data import Dataset

NAME = "historical"


def main() -> None:
    """Run what is missing, write after every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    data = open_data("mnist")
    for preset in arguments.presets:
        entry = read_results(NAME).get("networks", {}).get(preset, {"runs": []})
        done = {run["seed"] for run in entry["runs"]}
        for seed in set(range(arguments.seeds)) - done:
            entry["runs"].append(run_one(preset, seed, data))
            summarise(entry, data)
            # Another process may have written its networks meanwhile.
            networks = read_results(NAME).get("networks", {}) | {preset: entry}
            write_results(NAME, {"networks": networks})
            print(preset, entry["runs"][-1], flush=True)


def run_one(preset: str, seed: int, data: Dataset) -> dict[str, float]:
    """Train and test one network."""
    ae = Autoencoder.from_preset(preset, random_state=seed).fit(data.items)
    assert data.test is not None
    items = data.test.items / 255.0
    codes = ae.transform(data.test.items)
    outputs = ae.inverse_transform(codes) / 255.0
    # A ReLU at the end can leave a pixel at 0 for every digit; its ink is then lost for good.
    dead = (outputs == 0).all(0) & (items > 0).any(0)
    return {
        "seed": seed,
        "test_mse": -ae.score(data.test.items),
        "train_mse": -ae.score(data.items),
        "seconds": ae.seconds_,
        "n_parameters": ae.n_parameters_,
        "n_components": ae.n_components_,
        "dead_pixels": int(dead.sum()),
        "test_mse_of_dead_pixels": float((items[:, dead] ** 2).sum() / items.size),
        # A ReLU code number that is 0 for every digit carries nothing.
        "dead_code_numbers": int((np.ptp(codes, axis=0) == 0).sum()),
    }


def summarise(entry: dict, data: Dataset) -> None:
    """Spread of the runs, and PCA's error at their code size."""
    assert data.test is not None
    entry["test_mse"] = spread(run["test_mse"] for run in entry["runs"])
    if "pca_test_mse" not in entry:
        X, T = (part.items.reshape(-1, 784) / 255.0 for part in (data, data.test))
        pca = PCA(entry["runs"][0]["n_components"], svd_solver="covariance_eigh").fit(X)
        entry["pca_test_mse"] = float(((pca.inverse_transform(pca.transform(T)) - T) ** 2).mean())


if __name__ == "__main__":
    main()
