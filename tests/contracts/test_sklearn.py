"""The estimator keeps every rule of scikit-learn, and works inside its tools."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadSetting
from isthmus.networks import Dense
from isthmus.presets import PRESETS


@parametrize_with_checks(
    [
        Autoencoder(training={"epochs": 2}),
        Autoencoder.from_preset("undercomplete", training__epochs=2),
    ]
)
def test_passes_every_check(estimator, check):
    check(estimator)


def names_of_checks(estimator) -> set[str]:
    return {
        getattr(check, "func", check).__name__ for _, check in estimator_checks_generator(estimator)
    }


def test_runs_every_check_that_pca_must_pass():
    missing = names_of_checks(PCA()) - names_of_checks(Autoencoder())
    # Arrays of other libraries are not promised.
    assert {name for name in missing if "array_api" not in name} == set()


def test_works_in_a_pipeline(digits):
    y = np.arange(200) % 2
    X = digits[:200].reshape(200, -1) + y[:, None]
    pipe = make_pipeline(StandardScaler(), Autoencoder(3, training={"epochs": 1}, random_state=0))
    codes = pipe.fit_transform(X)
    np.testing.assert_allclose(pipe.transform(X), codes)
    pipe = make_pipeline(*pipe, LogisticRegression())
    assert cross_val_score(pipe, X, y, cv=2).mean() > 0.9


@pytest.mark.parametrize(
    ("start", "grid"),
    [
        ({"corruption": "masking"}, {"corruption__share": [0.1, 0.6]}),
        ({}, {"loss__l1": [0.0, 1.0]}),
        ({}, {"code": ["plain", "relu"]}),
        ({}, {"training__epochs": [1, 2]}),
        ({"network": Dense((8,))}, {"network__hidden": [(4,), (6, 5)]}),
        ({"training": None}, {"training__epochs": [1, 2], "n_components": [1, 2]}),
    ],
)
def test_grid_search_reaches_settings_inside_slots(rows, quick, start, grid):
    ae = quick(2, scale="columns").set_params(**start)
    search = GridSearchCV(ae, grid, cv=2, error_score="raise").fit(rows)
    scores = search.cv_results_["mean_test_score"]
    assert (scores < 0).all()
    assert len(set(scores)) == len(scores), "a setting changes nothing"


def test_a_setting_reaches_the_slot():
    ae = Autoencoder(corruption="masking").set_params(corruption__share=0.4)
    assert ae.corruption == {"name": "masking", "share": 0.4}
    ae.set_params(loss="mse", loss__l1=0.1, loss__mse__weight=2.0, training__epochs=7)
    assert ae.loss == {"mse": {"weight": 2.0}, "l1": 0.1}
    assert ae.training == {"epochs": 7}
    ae.set_params(network=Dense(), network__hidden=(3,))
    assert ae.network.hidden == (3,)
    ae.set_params(code="plain", corruption="gaussian", corruption__deviation=0.1)
    assert ae.corruption == {"name": "gaussian", "deviation": 0.1}


def test_settings_that_belong_together_can_be_set_together():
    ae = Autoencoder(training={"patience": 3, "reduce_patience": 2})
    together = {"validation": 0.0, "patience": None, "reduce_patience": None}
    ae.set_params(**{f"training__{name}": value for name, value in together.items()})
    assert ae.training == together


def test_setting_leaves_the_callers_mapping_alone():
    training = {"epochs": 3}
    Autoencoder(training=training).set_params(training__epochs=9)
    assert training == {"epochs": 3}


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ({"corruption__shar": 0.4}, BadSetting),
        ({"corruption__share": 2.0}, BadSetting),
        ({"training__epoch": 3}, BadSetting),
        ({"loss__l2": 3}, BadSetting),
        ({"colour": 3}, BadSetting),
        ({"colour__depth": 3}, BadSetting),
    ],
)
def test_unknown_settings_are_refused(setting, error):
    with pytest.raises(error) as caught:
        Autoencoder(corruption="masking").set_params(**setting)
    assert caught.type is error
    words = next(iter(setting)).split("__")
    assert (words[-1] if caught.type is BadSetting else words[0]) in str(caught.value)


def test_pandas_output_has_named_columns(rows):
    table = pd.DataFrame(rows, columns=list("abcdef"), index=np.arange(len(rows)) + 5)
    ae = Autoencoder(2, training={"epochs": 1}).set_output(transform="pandas")
    codes = ae.fit_transform(table)
    assert list(codes.columns) == ["autoencoder0", "autoencoder1"]
    assert list(ae.get_feature_names_out()) == list(codes.columns)
    assert (codes.index == table.index).all()
    assert list(ae.feature_names_in_) == list("abcdef")
    with pytest.raises(ValueError, match="feature names"):
        ae.transform(table[list("fedcba")])


def test_fitting_to_pictures_forgets_column_names(rows, digits):
    ae = Autoencoder(2, training={"epochs": 0})
    ae.fit(pd.DataFrame(rows, columns=list("abcdef"))).fit(digits[:20])
    assert not hasattr(ae, "feature_names_in_")
    assert ae.n_features_in_ == 64


@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_a_clone_is_equal_and_unfitted(preset):
    ae = Autoencoder(3, loss={"mse": 1.0}) if preset is None else Autoencoder.from_preset(preset)
    twin = clone(ae)
    assert twin.get_params(deep=False) == ae.get_params(deep=False)
    assert twin.settings() == ae.settings()
    assert not hasattr(clone(twin.set_params(random_state=1)), "model_")


def test_a_clone_of_slot_objects_is_a_copy():
    ae = Autoencoder(network=Dense((5,)))
    twin = clone(ae)
    assert twin.network is not ae.network
    assert twin.network.get_params() == ae.network.get_params()


@pytest.mark.parametrize("preset", ["vae", "sparse-kl", None])
def test_pickle_and_joblib_keep_the_transform(preset, digits, tmp_path):
    training = {"training__epochs": 1, "random_state": 0, "n_components": 4}
    ae = Autoencoder() if preset is None else Autoencoder.from_preset(preset)
    ae.set_params(**training).fit(digits[:100])
    joblib.dump(ae, tmp_path / "ae")
    for back in (pickle.loads(pickle.dumps(ae)), joblib.load(tmp_path / "ae")):
        codes = back.transform(digits)
        np.testing.assert_array_equal(codes, ae.transform(digits))
        np.testing.assert_array_equal(back.inverse_transform(codes), ae.inverse_transform(codes))


def test_is_shown_in_a_notebook(fitted):
    assert "Autoencoder" in fitted._repr_html_()
    assert "Autoencoder" in Autoencoder.from_preset("scenes-1024")._repr_html_()
