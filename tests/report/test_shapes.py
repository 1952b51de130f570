"""Every form of data and of autoencoder gets its report."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from isthmus.autoencoder import Autoencoder

RNG = np.random.default_rng(0)


def noise(*shape: int, dtype: type = np.uint8, high: int = 255) -> np.ndarray:
    return RNG.integers(0, high, shape, endpoint=True).astype(dtype)


def labels(n: int, n_labels: int) -> list[str]:
    return [f"kind {i % n_labels}" for i in range(n)]


def preset(name: str, n_components: int | None = 4) -> Autoencoder:
    return Autoencoder.from_preset(name, n_components, training__epochs=1, random_state=0)


CASES = {
    "one channel": (noise(40, 9, 7, 1), None, {}),
    "two channels": (RNG.normal(size=(40, 8, 8, 2)), None, {}),
    "colour": (noise(40, 8, 12, 3), labels(40, 2), {}),
    "four channels": (noise(40, 8, 8, 4), labels(40, 2), {}),
    "float in 0..1": (RNG.random((40, 8, 8)), None, {}),
    "float of any size": (RNG.normal(size=(40, 8, 8)) * 50, None, {}),
    "one wide strip": (noise(40, 3, 60), None, {}),
    "one tall strip": (noise(40, 60, 3), None, {}),
    "many labels": (noise(90, 8, 8), labels(90, 45), {"n_test": 45}),
    "one label": (noise(40, 8, 8), labels(40, 1), {}),
    "constant bytes": (np.full((40, 8, 8), 7, np.uint8), None, {}),
    "constant floats": (np.full((40, 8, 8), 7.5), None, {}),
    "constant table": (np.full((40, 5), 7.5), None, {}),
    "code of one number": (noise(40, 8, 8), labels(40, 3), {"ae": {"n_components": 1}}),
    "code longer than the row": (RNG.normal(size=(40, 5)), None, {"ae": {"n_components": 9}}),
    "one column": (RNG.normal(size=(40, 1)), None, {"ae": {"n_components": 1}}),
    "integer table": (noise(40, 6, dtype=np.uint16, high=900), labels(40, 2), {}),
    "float32 table": (RNG.normal(size=(40, 6)).astype(np.float32), None, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_any_shape(case, make_run, tmp_path):
    items, given, settings = CASES[case]
    page = make_run(items, given, **settings).write(tmp_path / "page.html")
    plain = re.sub(r"base64,[A-Za-z0-9+/=]*", "", page.html).split("<script>")[0]
    assert not re.search(r"\bnan\b|\binf\b|\bNaN\b|Infinity|\bNone\b", plain)


@pytest.mark.parametrize("n_test", [1, 2, 3, 9, 10])
@pytest.mark.parametrize("table", [False, True], ids=["pictures", "table"])
def test_few_test_items(n_test, table, make_run, tmp_path):
    items = RNG.normal(size=(30, 6)) if table else noise(30, 8, 8)
    page = make_run(items, labels(30, 3), n_test=n_test).write(tmp_path / "page.html")
    assert ("A map needs at least 10 items" in page.text) == (n_test < 10)


@pytest.mark.parametrize("name", ["undercomplete", "vae", "denoising", "sparse-kl", "linear"])
def test_presets_of_pictures(name, make_run, tmp_path):
    page = make_run(noise(40, 10, 12), ae=preset(name)).write(tmp_path / "page.html", preset=name)
    assert f"{name} autoencoder" in page.text
    assert "This code is not ordered" in page.text


def test_a_code_of_feature_maps(make_run, tmp_path):
    run = make_run(noise(30, 28, 28), ae=preset("conv-7x7x8", None))
    page = run.write(tmp_path / "page.html")
    assert "8 maps" in page.text
    assert "16 channels of 28 × 28" in page.text
    assert "held nothing out" in page.text


def test_sixteen_bits_are_stretched_for_the_eye(make_run, tmp_path):
    items = noise(40, 8, 8, dtype=np.uint16, high=900) + np.uint16(300)
    run = make_run(items)
    page = run.write(tmp_path / "page.html")
    first = base64.b64decode(str(page.images[0]["src"]).partition(",")[2])
    seen = np.asarray(Image.open(io.BytesIO(first)))
    assert seen.min() < 20
    assert seen.max() > 235
    assert "Black is 3" in page.text


def test_large_pictures_are_shown_small(make_run, tmp_path):
    page = make_run(noise(24, 150, 300, 3), ae={"n_components": 2}).write(tmp_path / "page.html")
    for image in page.images:
        payload = base64.b64decode(str(image["src"]).partition(",")[2])
        assert max(Image.open(io.BytesIO(payload)).size) <= 96
    assert len(page.html) < 6_000_000


def test_a_wide_table_folds_its_columns(make_run, tmp_path):
    names = tuple(f"gene {i}" for i in range(120))
    page = make_run(RNG.normal(size=(40, 120)), None, names).write(tmp_path / "page.html")
    assert all(name in page.text for name in names)
    assert "80 further columns" in page.text
    assert "The 40 worst of 120 columns" in page.text


def test_the_verdict_is_honest(digits_run, tmp_path):
    def said(mse: float, pca_mse: float) -> str:
        page = digits_run.write(tmp_path / "p.html", test={"mse": mse, "pca_mse": pca_mse})
        return page.text

    assert "test error 0.00540 (pixel range 0..1), 40 % below PCA's 0.00900" in said(0.0054, 0.009)
    assert "PCA is better here" in said(0.011, 0.010)
    assert "10 % higher" in said(0.011, 0.010)
    assert "level with PCA's" in said(0.01001, 0.010)
    assert "PCA is exact" in said(0.001, 0.0)


def test_an_interrupted_fit_says_so(digits_run, tmp_path):
    page = digits_run.write(tmp_path / "page.html", interrupted=True)
    assert "Training was interrupted" in page.text


def test_a_fit_that_was_asked_for_more_than_to_rebuild_says_so(make_run, digits_run, tmp_path):
    sparse = make_run(noise(40, 8, 8), ae=preset("sparse-l1")).write(tmp_path / "sparse.html")
    assert "asked more of the code than to rebuild (l1)" in sparse.text
    assert "than to rebuild" not in digits_run.write(tmp_path / "default.html").text


def test_a_fit_to_named_columns(wine_run, tmp_path):
    """scikit-learn wants the names again that it was fitted with."""
    import pandas as pd

    frame = pd.DataFrame(wine_run.train.items, columns=list(wine_run.train.columns))
    ae = Autoencoder(**wine_run.ae.get_params(deep=False)).fit(frame)
    page = replace(wine_run, ae=ae).write(tmp_path / "page.html")
    assert "proline" in page.text
