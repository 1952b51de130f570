"""Corrections of PCA fade where training has not been."""

from __future__ import annotations

import numpy as np
import torch

from isthmus.autoencoder import Autoencoder
from isthmus.networks.reach import Reach
from isthmus.principal import PrincipalComponents


def test_it_fades_from_the_farthest_row_to_twice_as_far():
    reach = Reach()
    rows = torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    assert reach(rows).tolist() == [[1.0], [1.0]]
    reach.eval()
    assert reach(rows).tolist() == [[1.0], [1.0]]
    assert reach(torch.tensor([[7.5, 0.0], [0.0, 10.0], [99.0, 0.0]])).flatten().tolist() == [
        0.5,
        0.0,
        0.0,
    ]


def test_judging_does_not_widen_it():
    reach = Reach()
    reach(torch.ones(1, 4))
    reach.eval()(10 * torch.ones(1, 4))
    assert float(reach.farthest) == 2.0


def test_far_outside_training_it_is_as_good_as_pca():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 2000)
    X = np.c_[np.cos(angle), np.sin(angle), np.cos(2 * angle)] + rng.normal(0, 0.02, (2000, 3))
    ae = Autoencoder(1, training={"epochs": 20}, random_state=0).fit(X)
    assert ae.best_epoch_ > 0
    far = 1000 * rng.normal(size=(50, 3))
    pca: PrincipalComponents = ae.pca_
    scaled = ae.scaling_.apply(far, np.float64)
    assert -ae.score(far) <= 1.1 * pca.squared_errors(scaled, (1,)).mean() / 3
