"""The search for codes, against least squares and against SciPy."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import nn

from isthmus import Autoencoder, load
from isthmus.codes import Code
from isthmus.errors import BadSetting
from isthmus.model import Model
from isthmus.networks import Banks
from isthmus.search import encode
from isthmus.uses.evaluation import evaluate

N, K, FEATURES = 20, 3, 7


class Masked(nn.Linear):
    """A linear decoder of an ordered code: it is given the code and its mask, and sees the code."""

    def forward(self, message: torch.Tensor) -> torch.Tensor:
        return super().forward(message[:, :K])


@pytest.fixture
def items() -> torch.Tensor:
    return torch.randn(N, FEATURES, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def linear_model(code: str, decoder: nn.Module) -> Model:
    torch.manual_seed(1)
    banks = Banks(nn.Linear(FEATURES, K, dtype=torch.float64), decoder)
    return Model(banks, Code.resolve(code))


def test_a_linear_decoder_is_solved_in_as_many_steps_as_numbers(items):
    decoder = nn.Linear(K, FEATURES, dtype=torch.float64)
    model = linear_model("plain", decoder)
    wanted = (items - decoder.bias).detach().numpy().T
    exact = np.linalg.lstsq(decoder.weight.detach().numpy(), wanted, rcond=None)[0].T
    assert not np.allclose(model.encode(items).detach().numpy(), exact, atol=0.1)
    np.testing.assert_allclose(encode(model, items, K).numpy(), exact, atol=1e-6)


def test_ordered_codes_minimise_the_sum_over_their_prefixes(items):
    decoder = Masked(K, FEATURES, dtype=torch.float64)
    model = linear_model("ordered", decoder)
    weights = model.size_weights(K).sqrt().numpy()
    matrix, bias = decoder.weight.detach().numpy(), decoder.bias.detach().numpy()
    # Every prefix is an equation for the numbers it has: stacked, they are one least squares.
    stacked = [w * matrix * (np.arange(K) < k) for k, w in enumerate(weights, start=1)]
    wanted = [w * (items.numpy() - bias).T for w in weights]
    exact = np.linalg.lstsq(np.vstack(stacked), np.vstack(wanted), rcond=None)[0].T
    np.testing.assert_allclose(encode(model, items, K).numpy(), exact, atol=1e-6)


@pytest.fixture(scope="module")
def trained(digits) -> Autoencoder:
    training = {"epochs": 15}
    return Autoencoder(6, code="plain", training=training, random_state=0).fit(digits[:1200])


def test_scipy_finds_no_better_code_nearby(trained, digits):
    model = copy.deepcopy(trained.model_).double()
    x = pictures(digits[1200:1208])
    start, found = model.encode(x).detach(), encode(model, x, 60)

    def error(code: np.ndarray, item: torch.Tensor) -> tuple[float, np.ndarray]:
        tensor = torch.from_numpy(code).unsqueeze(0).requires_grad_()
        value = (model.decode(tensor) - item).square().sum()
        (slope,) = torch.autograd.grad(value, tensor)
        return float(value.detach()), slope[0].numpy()

    for begun, ended, item in zip(start, found, x, strict=True):
        theirs = minimize(error, begun.numpy(), args=(item,), jac=True)
        mine = error(ended.numpy(), item)[0]
        assert mine <= 1.01 * theirs.fun
        assert mine < error(begun.numpy(), item)[0]


def pictures(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images.copy()).unsqueeze(-1)


@pytest.mark.parametrize("code", ["plain", "ordered"])
def test_no_item_gets_a_worse_code_and_most_a_better_one(code, digits):
    settings = {"code": code, "training": {"epochs": 15}, "random_state": 0}
    ae = Autoencoder(6, **settings).fit(digits[:1200])
    model = copy.deepcopy(ae.model_).double()
    sizes = model.size_weights(6)
    x = pictures(digits[1200:])

    def errors() -> np.ndarray:
        codes = torch.from_numpy(ae.transform(digits[1200:]))
        of_size = model.squared_errors(codes, x, ae.model_.code.sizes(6))
        return (of_size * sizes).sum(1).numpy()

    before = errors()
    after = [errors() for ae.search_steps in (1, 5)]
    assert np.all(after[0] <= before * (1 + 1e-5))
    assert np.mean(after[1] < before) > 0.95
    assert before.mean() > after[0].mean() > after[1].mean()


def test_an_item_is_searched_for_by_itself(trained, digits):
    ae = copy.copy(trained).set_params(search_steps=4)
    together = ae.transform(digits[1200:1300])
    alone = np.concatenate([ae.transform(digits[i : i + 1]) for i in range(1200, 1203)])
    np.testing.assert_allclose(together[:3], alone, atol=1e-6)


def test_everything_that_encodes_searches(trained, digits, tmp_path):
    test = digits[1200:]
    pca = trained.rival(digits[:1200])
    copy.copy(trained).set_params(search_steps=3).save(tmp_path / "model")
    ae = load(tmp_path / "model")
    assert ae.search_steps == 3
    error = np.square(ae.reconstruct(test) - test).mean()
    assert error < 0.97 * np.square(trained.reconstruct(test) - test).mean()
    assert evaluate(ae, test, pca).mse[-1] == pytest.approx(error, rel=1e-4)
    assert -ae.score(test) == pytest.approx(error, rel=1e-4)


def test_codes_of_a_fit_that_ended_as_pca_stay_where_they_are(digits):
    ae = Autoencoder(6, training={"epochs": 0}, random_state=0).fit(digits[:500])
    before = ae.transform(digits[:50])
    after = ae.set_params(search_steps=3).transform(digits[:50])
    np.testing.assert_allclose(after, before, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"corruption": "masking"}, "corruption='masking'"),
        ({"loss": {"mse": 1, "l1": 0.1}}, "loss 'l1'"),
        ({"search_steps": -1}, "search_steps=-1"),
        ({"search_steps": 1.5}, "search_steps=1.5"),
    ],
)
def test_where_the_best_code_is_another_a_search_is_refused(digits, settings, said):
    ae = Autoencoder(2, **{"search_steps": 2, **settings})
    with pytest.raises(BadSetting, match=said):
        ae.fit(digits)


def test_steps_set_after_the_fit_are_checked_too(digits):
    training = {"epochs": 1}
    ae = Autoencoder(2, corruption="masking", training=training, random_state=0).fit(digits[:100])
    with pytest.raises(BadSetting, match="search_steps=2"):
        ae.set_params(search_steps=2).transform(digits[:5])
