from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from isthmus.autoencoder import Autoencoder
from isthmus.codes import Code
from isthmus.corruptions import Corrupted, Corruption
from isthmus.errors import BadInput, BadSetting
from isthmus.training import Training


def test_every_way_to_give_pictures_is_the_same(digits, quick):
    X = np.round(digits[:30] * 255).astype(np.uint8)
    codes = quick().fit(X).transform(X)
    for same in (X[..., None], X.astype(np.uint16) * 257):
        np.testing.assert_allclose(quick().fit(same).transform(same), codes, atol=1e-5)
    as_lists = X.tolist()
    np.testing.assert_allclose(quick().fit(X).transform(X.reshape(30, -1)), codes)
    assert quick(scale="none").fit(as_lists).transform(as_lists).shape == codes.shape


def test_bytes_come_back_as_bytes_range(digits, quick):
    X = np.round(digits[:200] * 255).astype(np.uint8)
    back = quick(training={"epochs": 40}).fit(X).reconstruct(X)
    assert back.dtype == np.float32
    assert abs(back.mean() - X.mean()) < 20


def test_precision_follows_the_data(fitted, digits):
    single = fitted.transform(digits[:5].astype(np.float32))
    double = fitted.transform(digits[:5])
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single, double, atol=1e-4)
    assert fitted.inverse_transform(single).dtype == np.float32
    assert fitted.inverse_transform(double).dtype == np.float64
    assert fitted.inverse_transform(np.ones((2, 8), int)).dtype == np.float64


def test_prefixes_are_codes(fitted, digits):
    codes = fitted.transform(digits[:20])
    whole = np.zeros_like(codes)
    errors = []
    for k in range(1, 9):
        whole[:, :k] = codes[:, :k]
        rebuilt = fitted.inverse_transform(codes[:, :k])
        errors.append(((rebuilt - digits[:20]) ** 2).mean())
        np.testing.assert_array_equal(rebuilt, fitted.reconstruct(digits[:20], k))
    assert (np.diff(errors) < 0).all()


def test_no_codes_are_no_items(fitted):
    assert fitted.inverse_transform(np.zeros((0, 8))).shape == (0, 8, 8)


@pytest.mark.parametrize("shape", [(3, 9), (3, 0), (8,), (2, 8, 1)])
def test_codes_of_wrong_shape_are_refused(fitted, shape):
    with pytest.raises(BadInput, match="Z has shape"):
        fitted.inverse_transform(np.zeros(shape))


@pytest.mark.parametrize("codes", ["text", [["a", "b"]], [[1], [1, 2]], None])
def test_codes_that_are_no_numbers_are_refused(fitted, codes):
    with pytest.raises(BadInput):
        fitted.inverse_transform(codes)


@pytest.mark.parametrize("size", [0, -1, 9, 2.5])
def test_prefixes_that_are_none_are_refused(fitted, digits, size):
    with pytest.raises(ValueError, match=r"n_components|Z has shape"):
        fitted.reconstruct(digits[:2], size)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((4, 3, 8, 8)), "transpose"),
        (np.zeros((4, 8, 8, 9)), "reshape to"),
        (np.zeros((4, 2, 2, 2, 2)), "expected"),
        (np.zeros((0, 8, 8)), "nothing in it"),
        (np.zeros((4, 0, 8)), "nothing in it"),
        (np.zeros((1, 8, 8)), "at least 2"),
        (np.full((4, 2, 2), "a"), "expected numbers"),
        (np.zeros((4, 2, 2), complex), "expected numbers"),
    ],
)
def test_pictures_that_cannot_be_used_are_refused(X, message, quick):
    with pytest.raises(BadInput, match=message):
        quick().fit(X)


@pytest.mark.parametrize(
    "X",
    [
        np.zeros(5),
        np.zeros((1, 5)),
        np.zeros((5, 0)),
        [["a", "b"]] * 3,
        np.zeros((3, 2), complex),
        None,
        "words",
    ],
)
def test_tables_that_cannot_be_used_are_refused(X, quick):
    with pytest.raises(ValueError, match=r".+"):
        quick().fit(X)


def test_ragged_pictures_are_refused(quick):
    with pytest.raises(BadInput):
        quick().fit([[[1.0, 2.0], [3.0]], [[1.0, 2.0], [3.0, 4.0]]])


def test_a_sparse_matrix_is_what_the_dense_one_is(quick):
    dense = np.random.default_rng(0).poisson(0.3, (60, 8)).astype(np.float64)
    one, other = quick().fit(dense), quick().fit(sparse.csr_matrix(dense))
    np.testing.assert_array_equal(one.transform(dense), other.transform(sparse.csr_matrix(dense)))
    np.testing.assert_array_equal(
        one.score_samples(dense), one.score_samples(sparse.csr_matrix(dense))
    )


@pytest.mark.parametrize("use", ["transform", "score_samples", "restore", "reconstruct"])
def test_using_what_is_not_fitted_is_refused(use, rows):
    with pytest.raises(NotFittedError):
        getattr(Autoencoder(), use)(rows)
    with pytest.raises(NotFittedError):
        Autoencoder().inverse_transform(rows)
    with pytest.raises(NotFittedError):
        Autoencoder().sample(3)


def test_a_named_column_with_nan_is_named(rows, quick):
    table = pd.DataFrame(rows, columns=list("abcdef"))
    table.loc[7, "c"] = np.nan
    with pytest.raises(BadInput, match="NaN in row 7, column 'c'"):
        quick().fit(table)


def test_a_table_has_columns_of_any_size_and_place(quick):
    # Time stamps: a deviation of one at a distance of a milliard.
    rng = np.random.default_rng(0)
    causes = rng.standard_normal((400, 2))
    X = causes @ rng.standard_normal((2, 5)) + 1e9
    for scale in ("columns", "auto"):
        ae = quick(2, scale=scale, training={"epochs": 80}).fit(X)
        assert ((ae.reconstruct(X) - X) ** 2).mean() < 0.1 * X.var(0).mean()
        loss = ae.history_[ae.best_epoch_].held_out_mse
        assert loss == pytest.approx(-ae.score(X), rel=0.5)


def test_units_do_not_matter_where_columns_are_standardised(rows, quick):
    ae, other = quick(2, scale="columns").fit(rows), quick(2, scale="columns").fit(rows * 1e6 + 3)
    np.testing.assert_allclose(ae.transform(rows), other.transform(rows * 1e6 + 3), atol=1e-3)
    np.testing.assert_allclose(
        ae.score_samples(rows), other.score_samples(rows * 1e6 + 3), rtol=1e-2
    )


def test_constant_data_can_be_fitted(quick):
    X = np.full((20, 4), 7.0)
    for ae in (quick(2), Autoencoder(2, training={"epochs": 2})):
        ae.fit(X)
        assert np.isfinite(ae.transform(X)).all()
    np.testing.assert_allclose(ae.reconstruct(X), X, atol=1e-3)


def test_a_score_is_lower_for_what_was_never_seen(fitted, digits):
    strange = np.random.default_rng(0).random((50, 8, 8))
    assert fitted.score_samples(strange).max() < np.median(fitted.score_samples(digits))
    assert fitted.score(digits) == pytest.approx(fitted.score_samples(digits).mean())


def test_a_corruption_that_always_acts_is_scored_corrupted(digits, monkeypatch, quick):
    monkeypatch.setattr(Corruption, "choices", dict(Corruption.choices))

    class LowerHalf(Corruption):
        name, acts = "lower-half", "always"

        def __call__(self, clean, generator):
            seen = clean.clone()
            seen[:, 4:] = 0
            return Corrupted(seen, clean)

    ae = quick(corruption="lower-half").fit(digits[:50])
    hidden = digits[:9].copy()
    hidden[:, 4:] = 0
    wanted = ((ae.restore(hidden) - digits[:9]) ** 2).reshape(9, -1).mean(1)
    np.testing.assert_allclose(-ae.score_samples(digits[:9]), wanted, rtol=1e-6)
    np.testing.assert_array_equal(ae.transform(hidden), ae.transform(hidden.copy()))


def test_sampling_needs_a_prior(fitted):
    with pytest.raises(BadSetting, match="fit the preset 'vae'"):
        fitted.sample(3)


def test_samples_follow_their_seed(digits, quick):
    ae = quick(code="gaussian", loss={"mse": 1.0, "kl": 1.0}).fit(digits[:40])
    assert ae.sample(3, 0).shape == (3, 8, 8)
    np.testing.assert_array_equal(ae.sample(3, 0), ae.sample(3, 0))
    assert not np.array_equal(ae.sample(3, 0), ae.sample(3, 1))


def test_slots_may_be_objects(digits, quick):
    written = quick(training={"epochs": 2}).fit(digits[:40])
    ae = quick()
    objects = {
        "network": {"name": "dense", "hidden": [16]},
        "code": Code.resolve("plain"),
        "corruption": Corruption.resolve("none"),
        "training": Training(epochs=2, batch_size=32, learning_rate=2e-3),
    }
    ae.set_params(**objects).fit(digits[:40])
    np.testing.assert_array_equal(ae.transform(digits[:5]), written.transform(digits[:5]))


@pytest.mark.parametrize("code", sorted(n for n, c in Code.choices.items() if c.short))
@pytest.mark.parametrize("network", ["pca-start", "dense", "linear"])
@pytest.mark.parametrize("shape", [(6,), (5, 4), (5, 4, 3)])
def test_every_network_with_a_code_fits_every_code(code, network, shape):
    X = np.random.default_rng(0).random((12, *shape))
    ae = Autoencoder(3, network=network, code=code, training={"epochs": 1}).fit(X)
    assert ae.reconstruct(X).shape == X.shape


def test_a_code_may_be_longer_than_the_data(rows):
    ae = Autoencoder(9, training={"epochs": 1}).fit(rows)
    assert ae.transform(rows).shape == (120, 9)
    np.testing.assert_allclose(ae.reconstruct(rows), rows, rtol=1e-3, atol=1e-2)


def test_a_memory_map_is_fitted_like_an_array(digits, quick, tmp_path):
    np.save(tmp_path / "X.npy", digits[:50])
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    ae = quick(network="pca-start", code="ordered").fit(digits[:50])
    other = quick(network="pca-start", code="ordered").fit(mapped)
    np.testing.assert_array_equal(ae.transform(digits[:50]), other.transform(mapped))


def test_fitting_changes_neither_data_nor_arguments(digits, quick):
    X = digits[:40].copy()
    ae = quick()
    before = {key: repr(value) for key, value in ae.get_params().items()}
    ae.fit(X).score_samples(X)
    np.testing.assert_array_equal(X, digits[:40])
    assert {key: repr(value) for key, value in ae.get_params().items()} == before


def test_batches_of_inference_are_joined(digits, fitted, monkeypatch):
    whole = fitted.transform(digits[:50]), fitted.score_samples(digits[:50])
    monkeypatch.setattr("isthmus.inference.BATCH_VALUES", 64 * 7)
    np.testing.assert_allclose(fitted.transform(digits[:50]), whole[0], atol=1e-10)
    np.testing.assert_allclose(fitted.score_samples(digits[:50]), whole[1], atol=1e-10)
