"""Places of items, against what t-SNE minimises."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.manifold import TSNE

from isthmus.places import Attraction, Repulsion, arrange, nearest_of, ties_of


def divergence(ties, places: torch.Tensor) -> torch.Tensor:
    """What t-SNE minimises, but for a constant: van der Maaten and Hinton (2008), eq. 2 and 4."""
    weight = 1 / (1 + (places[:, None] - places[None]).square().sum(2))
    weight = weight - torch.diag(weight.diagonal())
    share = torch.from_numpy(ties.toarray()).double()
    return -(share * (weight.clamp_min(1e-30) / weight.sum()).log()).sum()


def test_forces_are_the_slope_of_the_divergence():
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(200, 5, generator=generator)
    ties = ties_of(nearest_of(rows.numpy(), 10))
    places = 3 * torch.randn(200, 2, generator=generator).double()
    places.requires_grad_(True)
    (slope,) = torch.autograd.grad(divergence(ties, places), places)
    at = places.detach().float()
    push, total = Repulsion(2)(at)
    found = 4 * (Attraction(ties)(at) - push / total)
    assert (found - slope).norm() < 0.02 * slope.norm()


def test_ties_are_symmetric_shares():
    rows = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    nearest = nearest_of(rows, 4)
    far = np.square(rows[:, None] - rows[None]).sum(2)
    np.fill_diagonal(far, np.inf)
    np.testing.assert_array_equal(nearest, far.argsort(1)[:, :4])
    ties = ties_of(nearest)
    assert abs(ties - ties.T).max() == 0
    np.testing.assert_allclose(ties.sum(), 1, rtol=1e-5)


def test_maps_are_as_good_as_scikit_learns(digits):
    rows = digits.reshape(len(digits), -1)[:600].astype(np.float32)
    ties = ties_of(nearest_of(rows, 15))
    begin = (
        torch.from_numpy(rows - rows.mean(0))
        @ torch.linalg.svd(torch.from_numpy(rows - rows.mean(0)), full_matrices=False)[2][:2].T
    )
    ours = arrange(ties, begin).double()
    theirs = TSNE(2, init="pca", random_state=0, perplexity=15).fit_transform(rows)
    scaled = torch.from_numpy(theirs).double()
    assert divergence(ties, ours) < divergence(ties, scaled)
