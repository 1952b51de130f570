"""What is searched of an autoencoder."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.autoencoder import Autoencoder
from isthmus.uses.search_space import SearchSpace


def searched(ae: Autoencoder, shape: tuple[int, ...], n: int = 500) -> set[str]:
    return {name.split("__", 1)[1] for name in SearchSpace.of(ae, shape, n).searched}


def test_only_what_makes_a_difference_is_searched():
    rows = {"refine__hidden", "refine__activation", "learning_rate", "batch_size"}
    assert searched(Autoencoder(), (20,)) == rows
    assert searched(Autoencoder(), (8, 8)) == rows | {"convolutions"}
    # Larger pictures have a network of their own.
    assert searched(Autoencoder(), (64, 64)) == {
        "widths",
        "hidden",
        "learning_rate",
        "batch_size",
    }
    assert searched(Autoencoder(network="linear"), (20,)) == {"learning_rate", "batch_size"}
    assert "refine__network__hidden" in searched(Autoencoder().for_parts((8, 8)), (70,))


@pytest.mark.parametrize(
    ("preset", "n_components"), [(None, 4), ("vae", 4), ("restore-cells", None)]
)
def test_the_default_told_in_words_is_the_default(preset, n_components, rows):
    ae = Autoencoder.from_preset(preset, n_components, training__epochs=2, random_state=0)
    found = SearchSpace.of(ae, rows.shape[1:], len(rows))
    same = Autoencoder.from_preset(preset, n_components, training__epochs=2, random_state=0)
    same.set_params(**found.settings(found.default()))
    a, b = (each.fit(rows) for each in (ae, same))
    np.testing.assert_array_equal(a.score_samples(rows), b.score_samples(rows))
    losses = [[row.held_out_loss for row in each.history_] for each in (a, b)]
    assert losses[0] == losses[1]


def test_pictures_are_the_same_too(digits):
    ae = Autoencoder(4, training={"epochs": 1}, random_state=0)
    found = SearchSpace.of(ae, (8, 8), 100)
    same = Autoencoder(4, training={"epochs": 1}, random_state=0)
    same.set_params(**found.settings(found.default()))
    a, b = (each.fit(digits[:100]).transform(digits[:5]) for each in (ae, same))
    np.testing.assert_array_equal(a, b)


def test_what_the_user_chose_stays_and_is_a_point_of_the_space():
    ae = Autoencoder(
        4,
        network={"name": "dense", "hidden": [30], "output": "tanh"},
        training={"learning_rate": 0.1, "patience": 3},
    )
    found = SearchSpace.of(ae, (20,), 500)
    default = found.default()
    assert default["network__hidden"] == "30"
    assert default["training__learning_rate"] == 0.1
    settings = found.settings({**default, "network__hidden": "256-256"})
    tried = ae.set_params(**settings).settings()
    assert tried["network"]["output"] == "tanh"
    assert tried["network"]["hidden"] == (256, 256)
    assert tried["training"]["patience"] == 3
