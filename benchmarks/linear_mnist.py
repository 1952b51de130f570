"""The linear preset, trained by gradient, against PCA at 20 numbers on MNIST.

python benchmarks/linear_mnist.py --seeds 3
"""

from __future__ import annotations

import argparse

from results_file import spread, write_results

from isthmus import Autoencoder, open_data
from isthmus.uses.evaluation import evaluate


def main() -> None:
    """Fit with several seeds and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    data = open_data("mnist")
    runs = []
    for seed in range(seeds):
        ae = Autoencoder.from_preset("linear", 20, random_state=seed).fit(data.items)
        evaluation = evaluate(ae, data.test.items, ae.rival(data.items))
        mse, pca_mse = evaluation.mse[-1], evaluation.pca_mse[-1]
        runs.append(
            {"seed": seed, "mse": mse, "pca_mse": pca_mse, "ratio": mse / pca_mse}
            | {"seconds": ae.seconds_, "epochs": ae.n_iter_}
        )
        print(runs[-1], flush=True)
    ratio = spread(run["ratio"] for run in runs)
    write_results("linear_mnist", {"n_components": 20, "ratio": ratio, "runs": runs})


if __name__ == "__main__":
    main()
