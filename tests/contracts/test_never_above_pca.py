"""The promise of the default: on items that no part of a fit has seen it is not above PCA."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus import Autoencoder, open_data
from isthmus.data import builtin
from isthmus.uses.evaluation import evaluate

# Items fitted, fresh items, epochs, seeds; a larger picture takes a hundred times as long.
SMALL, LARGE = (400, 400, 10, 2), (100, 40, 2, 1)
LARGEST_SMALL = 1024

# Of users by items not the squared error counts; the default does not take them.
SETS = [name for name, chosen in builtin.BUILTIN_SETS.items() if chosen.form is None]


def items_of(name: str) -> np.ndarray:
    chosen = builtin.BUILTIN_SETS[name]
    if chosen.found is None:
        pytest.skip(f"{name} is not on this machine")
    return open_data(name).items


@pytest.mark.parametrize("n_components", [2, 24])
@pytest.mark.parametrize("name", sorted(SETS))
def test_never_above_pca_on_fresh_items(name: str, n_components: int) -> None:
    items = items_of(name)
    n, n_fresh, epochs, seeds = SMALL if items[0].size <= LARGEST_SMALL else LARGE
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(len(items))
        X, fresh = items[np.sort(order[:n])], items[np.sort(order[n : n + n_fresh])]
        ae = Autoencoder(n_components, training={"epochs": epochs}, random_state=seed).fit(X)
        evaluation = evaluate(ae, fresh, ae.rival(X))
        for k, mse, pca_mse in zip(
            evaluation.sizes, evaluation.mse, evaluation.pca_mse, strict=True
        ):
            assert mse <= pca_mse * (1 + 1e-5), (seed, k)
