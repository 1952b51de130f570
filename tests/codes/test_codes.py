from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from isthmus.codes import Code, Gaussian, Ordered, Plain, Relu, Sigmoid, code_sizes
from isthmus.principal import PrincipalComponents

RAW = torch.tensor([[-2.0, 0.0, 3.0, -0.5], [1.0, -1.0, 0.5, 2.0]])


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", sorted(Code.choices))
@pytest.mark.parametrize("k", [1, 5])
def test_states_the_widths_it_uses(name, k):
    code = Code.resolve(name)
    places = (4, 6) if code.beside else ()
    raw = torch.randn(7, *places, code.encoder_width(k), generator=generator())
    crossing = code.cross(raw, generator())
    assert code.code(raw).shape == crossing.code.shape == (7, *places, k)
    assert crossing.message.shape == (7, *places, code.decoder_width(k) + code.beside)
    assert code.message(crossing.code).shape == crossing.message.shape
    assert set(crossing.statistics) == code.statistics


@pytest.mark.parametrize("name", sorted(Code.choices))
def test_chance_comes_from_the_generator_alone(name):
    code = Code.resolve(name)
    places = (4, 6) if code.beside else ()
    raw = torch.randn(7, *places, code.encoder_width(6), generator=generator())
    torch.manual_seed(0)
    first = code.cross(raw, generator(1))
    torch.manual_seed(1)
    second = code.cross(raw, generator(1))
    assert torch.equal(first.message, second.message)
    for name, value in first.statistics.items():
        assert torch.equal(value, second.statistics[name])
    assert torch.equal(code.code(raw), code.code(raw))


@pytest.mark.parametrize(
    ("code", "formula"),
    [
        (Plain(), lambda x: x),
        (Relu(), lambda x: np.maximum(x, 0)),
        (Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
    ],
)
def test_formulas(code, formula):
    np.testing.assert_allclose(code.code(RAW), formula(RAW.numpy()), rtol=1e-6)
    np.testing.assert_allclose(code.cross(RAW, None).message, formula(RAW.numpy()), rtol=1e-6)


def test_relu_is_exactly_zero():
    assert (Relu().code(RAW)[RAW < 0] == 0).all()


def test_gaussian_draws_have_the_mean_and_deviation_it_states():
    mean, log_variance = torch.tensor([1.0, -3.0]), torch.tensor([0.0, 2.0])
    raw = torch.cat([mean, log_variance]).expand(200_000, 4)
    crossing = Gaussian().cross(raw, generator())
    np.testing.assert_allclose(crossing.code.mean(0), mean, atol=0.03)
    np.testing.assert_allclose(crossing.code.std(0), (log_variance / 2).exp(), rtol=0.01)
    assert torch.equal(Gaussian().code(raw), mean.expand(200_000, 2))
    assert abs(np.corrcoef(crossing.code.T.numpy())[0, 1]) < 0.01


def test_gaussian_stays_finite_in_the_worst_first_step():
    raw = torch.tensor([[0.0, 1e6], [0.0, -1e6]])
    assert torch.isfinite(Gaussian().cross(raw, generator()).code).all()


def test_prior_draws_are_standard_normal():
    draws = Gaussian().sample(100_000, 2, generator())
    np.testing.assert_allclose(draws.mean(0), 0.0, atol=0.02)
    np.testing.assert_allclose(draws.std(0), 1.0, rtol=0.02)
    assert Plain().sample(3, 2, generator()) is None


@pytest.mark.parametrize("size", [1, 3, 4, None])
def test_an_ordered_message_is_the_prefix_and_its_mask(size):
    kept = 4 if size is None else size
    code, mask = Ordered().message(RAW, size).split(4, dim=1)
    assert torch.equal(code[:, :kept], RAW[:, :kept])
    assert not code[:, kept:].any()
    assert mask.tolist() == [[1.0] * kept + [0.0] * (4 - kept)] * 2


def test_training_draws_sizes_by_their_weights_and_a_quarter_in_between():
    n, k = 100_000, 12
    crossing = Ordered().cross(torch.ones(n, k), generator())
    sizes = crossing.message[:, k:].sum(1).int()
    listed = np.asarray(code_sizes(k))
    of_listed = (listed * (1.2 * k - listed)) ** (2 / 3)
    of_listed[-1] *= 2  # the whole code
    wanted = dict.fromkeys(range(1, k + 1), 0.0)
    for size, below, share in zip(listed, [0, *listed], of_listed / of_listed.sum(), strict=False):
        wanted[size] += 0.75 * share
        for between in range(below + 1, size + 1):
            wanted[between] += 0.25 * share / (size - below)
    counts = np.bincount(sizes.numpy(), minlength=k + 1)[1:]
    np.testing.assert_allclose(counts / n, list(wanted.values()), atol=0.005)
    # The group is the size of the list at or above: its weight is the item's.
    assert np.array_equal(np.searchsorted(listed, sizes.numpy()), crossing.group.numpy())


@pytest.mark.parametrize("k", [*range(1, 60), 1024, 1025, 3000, 5000])
def test_code_sizes_rise_to_the_whole_code(k):
    sizes = code_sizes(k)
    assert sizes[-1] == k
    assert sizes[0] == 1
    assert all(a < b <= 2 * a + 1 for a, b in pairwise(sizes))


def test_groups_are_weighted_by_one_over_pcas_error():
    variances = np.array([5.0, 3.0, 1.0])
    pca = PrincipalComponents(np.zeros(6), np.eye(3, 6), variances, 10.0)
    weights = Ordered().group_weights(pca, 3).numpy()
    wanted = 1 / np.array([5.0, 2.0, 1.0])
    np.testing.assert_allclose(weights, wanted / wanted.mean(), rtol=1e-6)


def test_group_weights_stay_finite_where_pca_is_exact():
    pca = PrincipalComponents(np.zeros(2), np.eye(2), np.array([1.0, 1.0]), 2.0)
    weights = Ordered().group_weights(pca, 4)
    assert torch.isfinite(weights).all()
    assert float(weights.mean()) == pytest.approx(1.0)
    constant = PrincipalComponents(np.zeros(2), np.eye(2), np.zeros(2), 0.0)
    assert torch.isfinite(Ordered().group_weights(constant, 2)).all()
