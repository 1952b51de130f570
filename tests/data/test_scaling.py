from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.preprocessing import StandardScaler

from isthmus.data.scaling import SCALINGS, Scaling, fit_scaling
from isthmus.errors import BadSetting

TABLES = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6),
    elements=st.floats(-1e6, 1e6, width=32),
)


def fit(choice: str, X: np.ndarray, n_chunks: int = 1) -> Scaling:
    return fit_scaling(choice, X.dtype, np.array_split(X, min(n_chunks, len(X))))


@pytest.mark.parametrize("choice", sorted(SCALINGS))
@given(X=TABLES)
def test_undoing_gives_the_data_back(choice, X):
    scaling = fit(choice, X)
    scaled = scaling.apply(X, np.float64)
    assert np.isfinite(scaled).all()
    size = max(1.0, np.abs(X).max())
    np.testing.assert_allclose(scaling.undo(scaled), X, rtol=1e-9, atol=1e-9 * size)


@pytest.mark.parametrize("choice", sorted(SCALINGS))
@given(X=TABLES)
def test_a_scaling_survives_json(choice, X):
    scaling = fit(choice, X)
    back = Scaling.from_dict(json.loads(json.dumps(scaling.to_dict())))
    np.testing.assert_array_equal(back.apply(X), scaling.apply(X))
    assert back.unit == scaling.unit


@given(X=TABLES, n_chunks=st.integers(1, 6))
def test_chunks_do_not_matter(X, n_chunks):
    for choice in SCALINGS:
        whole, pieces = fit(choice, X), fit(choice, X, n_chunks)
        size = max(1.0, np.abs(X).max())
        np.testing.assert_allclose(whole.offset, pieces.offset, atol=1e-9 * size)
        np.testing.assert_allclose(whole.scale, pieces.scale, rtol=1e-6, atol=1e-8 * size)


def test_columns_are_standardised_as_scikit_learn_does(rows):
    scaled = fit("columns", rows, 7).apply(rows, np.float64)
    np.testing.assert_allclose(scaled, StandardScaler().fit_transform(rows), atol=1e-10)


@pytest.mark.parametrize("value", [0.0, 3.0, 0.1, 1e9, -1e-9, 1e100])
def test_constant_columns_become_zero(value):
    X = np.column_stack([np.full(50, value), np.arange(50.0)])
    scaled = fit("columns", X, 3).apply(X, np.float64)
    np.testing.assert_allclose(scaled[:, 0], 0.0, atol=1e-6 * max(1.0, abs(value)))
    assert scaled[:, 1].std() == pytest.approx(1.0)


def test_global_is_centred_and_divided_by_one_number(rows):
    scaling = fit("global", rows, 4)
    scaled = scaling.apply(rows, np.float64)
    np.testing.assert_allclose(scaled.mean(0), 0.0, atol=1e-10)
    assert scaled.var(0).mean() == pytest.approx(1.0)
    ratio = (rows - rows.mean(0)) / scaled
    np.testing.assert_allclose(ratio, ratio[0, 0])


@pytest.mark.parametrize(
    ("X", "low", "high", "unit"),
    [
        (np.array([[0, 255]], np.uint8), 0.0, 1.0, "pixel range 0..1"),
        (np.array([[0, 65535]], np.uint16), 0.0, 1.0, "pixel range 0..1"),
        (np.array([[0.2, 1.0]]), 0.2, 1.0, "values as given, 0..1"),
        (np.array([[0.2, 1.1], [0.0, 2.0]]), None, None, "standard deviations of all values"),
        (np.array([[-0.1, 1.0], [0.0, 2.0]]), None, None, "standard deviations of all values"),
    ],
)
def test_auto_goes_by_what_the_data_are(X, low, high, unit):
    scaling = fit("auto", X)
    assert scaling.unit == unit
    if low is not None:
        scaled = scaling.apply(X)
        assert (scaled.min(), scaled.max()) == pytest.approx((low, high))


def test_a_wish_for_columns_counts_for_bytes_too():
    X = np.array([[0, 255], [10, 5]], np.uint8)
    assert fit("columns", X).unit == "standardised columns"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_precision_asked_for_is_given(dtype, rows):
    for choice in SCALINGS:
        scaling = fit(choice, rows)
        assert scaling.apply(rows, dtype).dtype == dtype
        assert scaling.undo(scaling.apply(rows, dtype)).dtype == dtype


def test_an_unknown_name_is_refused():
    with pytest.raises(BadSetting, match="did you mean 'columns'"):
        fit_scaling("column", np.dtype(float), [])


def test_the_root_of_an_error_is_in_the_users_unit() -> None:
    metres = 3000 + 250 * np.random.default_rng(0).standard_normal((20, 8, 8))
    scaling = fit_scaling("auto", metres.dtype, [metres])
    rough = metres + 7.0
    mse = np.square(scaling.apply(rough) - scaling.apply(metres)).mean()
    assert scaling.root(float(mse)) == pytest.approx(7.0, rel=1e-4)
    for choice, X in (("auto", np.zeros((4, 3), np.uint8)), ("columns", metres[:, 0])):
        assert fit_scaling(choice, X.dtype, [X]).root(0.5) is None


def test_pictures_are_centred_by_one_number() -> None:
    maps = 3000 + 250 * np.random.default_rng(0).standard_normal((20, 8, 8))
    scaling = fit_scaling("auto", maps.dtype, [maps[:7], maps[7:]])
    assert scaling.offset.shape == scaling.scale.shape == ()
    assert scaling.offset == pytest.approx(maps.mean())
    assert scaling.scale == pytest.approx(maps.std())
