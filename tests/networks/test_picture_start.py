"""The network for pictures: PCA before training, any size of picture, whole after a round trip."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from isthmus import Autoencoder, load
from isthmus.errors import BadSetting
from isthmus.networks import PictureStart
from isthmus.networks.corrector import Corrector
from isthmus.networks.levels import fold, unfold

SMALL = {"name": "picture-start", "widths": (4, 4), "hidden": (8,)}


@pytest.mark.parametrize("shape", [(8, 8, 1), (13, 7, 3), (200, 33, 2)])
def test_pictures_of_any_size_are_corrected(shape):
    torch.manual_seed(0)
    corrector = Corrector(shape, 4, (1, 1))
    x = torch.randn(2, *shape)
    assert torch.equal(corrector(x), torch.zeros_like(x))
    for weight in corrector.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    y, told = corrector(x), corrector(x, torch.ones(2, 1))
    assert y.shape == x.shape
    assert y.abs().min() > 0
    assert not torch.equal(y, told)


def test_squares_fold_into_channels_as_in_torch_and_back():
    x = torch.randn(2, 12, 8, 3)
    folded = fold(x, 4)
    theirs = torch.nn.functional.pixel_unshuffle(x.permute(0, 3, 1, 2), 4).unflatten(1, (3, 16))
    assert torch.equal(folded.unflatten(3, (16, 3)), theirs.permute(0, 3, 4, 2, 1))
    assert torch.equal(unfold(folded, 4), x)


@pytest.mark.parametrize("code", ["ordered", "plain"])
def test_untrained_without_waves_it_is_pca(digits, code):
    X = digits[:200]
    training = {"epochs": 0, "validation": 0}
    ae = Autoencoder(6, network=SMALL, code=code, training=training, random_state=0).fit(X)
    flat = X.reshape(200, -1)
    np.testing.assert_allclose(ae.transform(X), ae.pca_.transform(flat), atol=1e-4)
    for k in (1, 3, 6) if code == "ordered" else (6,):
        wanted = ae.pca_.inverse_transform(ae.pca_.transform(flat)[:, :k])
        np.testing.assert_allclose(ae.reconstruct(X, k).reshape(200, -1), wanted, atol=1e-4)


def test_larger_pictures_get_it_by_default():
    X = np.random.default_rng(0).random((40, 36, 30)).astype(np.float32)
    ae = Autoencoder(3, training={"epochs": 1}, random_state=0).fit(X)
    assert any(isinstance(module, Corrector) for module in ae.model_.modules())


def test_a_round_trip_changes_nothing(digits, tmp_path):
    ae = Autoencoder(6, network=SMALL, training={"epochs": 5}, random_state=0).fit(digits)
    ae.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.transform(digits), ae.transform(digits))
    np.testing.assert_array_equal(again.reconstruct(digits, 3), ae.reconstruct(digits, 3))


def test_rows_of_numbers_are_refused(rows):
    with pytest.raises(BadSetting, match="needs pictures"):
        Autoencoder(2, network="picture-start").fit(rows)


def test_codes_that_need_more_than_numbers_are_refused(digits):
    vae = {"code": "gaussian", "loss": {"mse": 1.0, "kl": 1.0}}
    with pytest.raises(BadSetting, match="plain and ordered"):
        Autoencoder(2, network=PictureStart(), **vae).fit(digits)


def test_where_nothing_is_learnt_it_ends_as_pca_of_all_items():
    X = np.random.default_rng(0).standard_normal((60, 8, 8))
    ae = Autoencoder(4, network=SMALL, training={"epochs": 3}, random_state=0).fit(X)
    assert ae.best_epoch_ == 0
    pca = PCA(4, svd_solver="full").fit(X.reshape(60, -1))
    wanted = pca.inverse_transform(pca.transform(X.reshape(60, -1)))
    np.testing.assert_allclose(ae.reconstruct(X).reshape(60, -1), wanted, atol=1e-4)
