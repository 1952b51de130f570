"""One independent oracle for every term of the loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import bernoulli, entropy, norm
from sklearn.metrics import log_loss, mean_squared_error
from torch import nn

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadSetting
from isthmus.losses import (
    L1,
    BinaryCrossEntropy,
    Contractive,
    GaussianLikelihood,
    PriorDivergence,
    Record,
    Sparsity,
    SquaredError,
    Term,
    resolve_loss,
    total_loss,
)
from isthmus.networks import Conv, Dense, Layers, Site

RNG = np.random.default_rng(0)
X, Y = RNG.random((2, 6, 4, 3))


def record(**given) -> Record:
    """A record in which only what a test names has a meaning."""
    empty = torch.zeros(1, 1)
    whole = {"seen": empty, "target": empty, "weight": None, "code": empty, "output": empty}
    return Record(**{**whole, "encode": nn.Identity(), "decode": nn.Identity(), **given})


def value(term: Term, record: Record) -> float:
    return float(term(record).detach())


def compared(weight: np.ndarray | None = None, **given) -> Record:
    weights = None if weight is None else torch.from_numpy(weight)
    return record(target=torch.from_numpy(X), output=torch.from_numpy(Y), weight=weights, **given)


def test_squared_error_is_summed_over_features():
    wanted = mean_squared_error(X.reshape(6, -1), Y.reshape(6, -1)) * 12
    assert float(SquaredError()(compared())) == pytest.approx(wanted)


def test_binary_cross_entropy_is_the_log_loss():
    targets = (X > 0.5).astype(float)
    term = BinaryCrossEntropy()(
        record(target=torch.from_numpy(targets), output=torch.from_numpy(Y))
    )
    assert float(term) == pytest.approx(12 * log_loss(targets.ravel(), Y.ravel()))


def test_binary_cross_entropy_of_greys_is_the_expected_log_loss():
    wanted = -(X * bernoulli.logpmf(1, Y) + (1 - X) * bernoulli.logpmf(0, Y)).sum() / 6
    assert float(BinaryCrossEntropy()(compared())) == pytest.approx(wanted)


def test_the_gaussian_likelihood_takes_the_best_variance():
    def loss(log_deviation: float) -> float:
        return -norm.logpdf(X, Y, np.exp(log_deviation)).sum() / 6

    smallest = minimize_scalar(loss, bounds=(-5, 5), method="bounded").fun
    constant = 12 / 2 * (1 + np.log(2 * np.pi))
    assert float(GaussianLikelihood()(compared())) + constant == pytest.approx(smallest, rel=1e-6)


def test_the_gaussian_likelihood_of_a_perfect_fit_is_finite():
    x = torch.rand(3, 4, requires_grad=True)
    term = GaussianLikelihood()(record(target=x.detach(), output=x))
    term.backward()
    assert torch.isfinite(term)
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("term", [SquaredError(), BinaryCrossEntropy(), GaussianLikelihood()])
def test_weights_count_values(term):
    # A weight of two is the value met twice; a weight of 0 is the value not there.
    assert float(term(compared(np.ones((1, 1, 1))))) == pytest.approx(float(term(compared())))
    if isinstance(term, GaussianLikelihood):
        half = compared(np.full((6, 1, 1), 0.5))
        moved = float(term(half)) - float(term(compared()))
        assert moved == pytest.approx(12 / 2 * np.log(0.5), rel=1e-6)
        return
    weight = RNG.integers(0, 3, (6, 4, 3)).astype(float)
    parts = [
        float(term(record(target=torch.tensor([[x]]), output=torch.tensor([[y]]))) * w)
        for x, y, w in zip(X.ravel(), Y.ravel(), weight.ravel(), strict=True)
    ]
    assert float(term(compared(weight))) == pytest.approx(sum(parts) / 6)


def test_l1_is_summed_over_the_code():
    code = RNG.standard_normal((5, 3))
    term = L1()(record(code=torch.from_numpy(code)))
    assert float(term) == pytest.approx(np.linalg.norm(code, 1, axis=1).mean())


@pytest.mark.parametrize("target", [0.05, 0.5])
def test_sparsity_is_the_divergence_between_coins(target):
    code = RNG.random((50, 3))
    coins = [entropy([target, 1 - target], [mean, 1 - mean]) for mean in code.mean(0)]
    term = Sparsity(target=target)(record(code=torch.from_numpy(code)))
    assert float(term) == pytest.approx(sum(coins), rel=1e-5)


def test_sparsity_is_finite_for_dead_and_full_codes():
    code = torch.tensor([[0.0, 1.0]]).expand(4, 2)
    assert torch.isfinite(Sparsity()(record(code=code)))


def test_the_prior_divergence_agrees_with_monte_carlo():
    mean, deviation = RNG.standard_normal((1, 3)), RNG.uniform(0.3, 2, (1, 3))
    draws = mean + deviation * RNG.standard_normal((400_000, 3))
    ratio = norm.logpdf(draws, mean, deviation) - norm.logpdf(draws)
    statistics = {
        "mean": torch.from_numpy(mean),
        "log_variance": torch.from_numpy(2 * np.log(deviation)),
    }
    term = float(PriorDivergence()(record(statistics=statistics)))
    assert term == pytest.approx(ratio.sum(1).mean(), rel=0.01)


def test_the_prior_itself_costs_nothing():
    zeros = torch.zeros(4, 3)
    term = PriorDivergence()(record(statistics={"mean": zeros, "log_variance": zeros}))
    assert float(term) == 0.0


def encoders() -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    torch.manual_seed(0)
    layers = Layers(["conv 2 tanh", "pool", "dense code"], ["dense 16", "reshape 4 4 1"])
    return {
        "deep": (Dense((5, 4), "tanh").build(Site((6,), 3, 3, 3)).encoder, (6,)),
        "convolutional": (Conv((4, 6), "tanh").build(Site((8, 8, 1), 3, 3, 3)).encoder, (8, 8, 1)),
        "pooling": (layers.build(Site((4, 4, 1), 3, 3, 3)).encoder, (4, 4, 1)),
    }


def jacobian(encode, x: torch.Tensor, step: float = 1e-6) -> np.ndarray:
    """By central differences, shape (n, k, p)."""
    columns = []
    for i in range(x[0].numel()):
        move = torch.zeros_like(x).flatten(1)
        move[:, i] = step
        move = move.view_as(x)
        columns.append((encode(x + move) - encode(x - move)).detach().numpy() / (2 * step))
    return np.stack(columns, axis=2)


@pytest.mark.parametrize("name", ["deep", "convolutional", "pooling"])
def test_the_contractive_term_agrees_with_finite_differences(name):
    encode, shape = encoders()[name]
    encode = encode.double()
    x = torch.rand(4, *shape, dtype=torch.float64)
    wanted = (jacobian(encode, x) ** 2).sum() / 4
    exact = value(Contractive(), record(seen=x, encode=encode))
    assert exact == pytest.approx(wanted, rel=1e-6)
    with torch.no_grad():
        assert value(Contractive(), record(seen=x, encode=encode)) == pytest.approx(exact)


def test_random_probes_estimate_the_contractive_term_without_bias():
    encode, shape = encoders()["deep"]
    x = torch.rand(4, *shape)
    exact = value(Contractive(), record(seen=x, encode=encode))
    generator = torch.Generator().manual_seed(0)
    guesses = [
        value(Contractive(probes=2), record(seen=x, encode=encode, generator=generator))
        for _ in range(600)
    ]
    error = np.std(guesses) / len(guesses) ** 0.5
    assert np.std(guesses) > 0
    assert abs(np.mean(guesses) - exact) < 4 * error


def test_the_contractive_term_trains_the_encoder():
    encode, shape = encoders()["deep"]
    Contractive()(record(seen=torch.rand(4, *shape), encode=encode)).backward()
    assert all(p.grad.abs().sum() > 0 for n, p in encode.named_parameters() if "weight" in n)


def test_terms_are_added_with_their_weights():
    both = resolve_loss({"mse": 2.0, "l1": {"weight": 0.5}})
    given = compared(code=torch.tensor([[1.0, -3.0]]))
    wanted = 2 * float(SquaredError()(given)) + 0.5 * 4.0
    assert float(total_loss(both, given)) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("mse", {"mse": 1.0}),
        ({"mse": 0.5}, {"mse": 0.5}),
        ({"mse": {"weight": 0.5}}, {"mse": 0.5}),
        ({"mse": SquaredError(0.5)}, {"mse": 0.5}),
        ({"mse": 1, "l1": 0}, {"mse": 1, "l1": 0}),
    ],
)
def test_a_loss_can_be_written_in_several_ways(written, wanted):
    assert {name: term.weight for name, term in resolve_loss(written).items()} == wanted


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("msse", "did you mean 'mse'"),
        ({"mse": -1.0}, "weight=-1.0"),
        ({"mse": "1"}, "weight='1'"),
        ({"mse": None}, "weight=None"),
        ({"sparsity": {"rho": 0.1}}, "'rho'"),
        ({}, "expected a term's name"),
        (None, "expected a term's name"),
        (3, "expected a term's name"),
    ],
)
def test_bad_losses_are_refused(loss, message):
    with pytest.raises(BadSetting, match=message):
        resolve_loss(loss)


@pytest.mark.parametrize(("loss", "code"), [("kl", "plain"), ("sparsity", "relu")])
def test_a_term_is_refused_where_the_code_lacks_what_it_needs(loss, code, digits):
    with pytest.raises(BadSetting, match="choose code="):
        Autoencoder(2, code=code, loss={"mse": 1.0, loss: 1.0}).fit(digits[:10])


@pytest.mark.parametrize("network", [{"name": "dense", "output": "sigmoid"}, "dense"])
@pytest.mark.parametrize("scale", ["none", "columns"])
def test_cross_entropy_outside_0_to_1_is_refused_in_words(network, scale, digits):
    items = digits[:20].reshape(20, -1) + (2.0 if scale == "none" else 0.0)
    ae = Autoencoder(2, network=network, code="plain", loss="bce", scale=scale)
    with pytest.raises(BadSetting, match="bce"):
        ae.set_params(training={"epochs": 1}).fit(items)


def test_every_term_has_an_oracle_here_or_a_file_of_its_own():
    tested = {"mse", "bce", "gaussian", "l1", "sparsity", "kl", "contractive"}
    assert set(Term.choices) == tested | {
        "agreement",
        "cielab",
        "multinomial",
        "perceptual",
        "rate",
        "spread",
    }
