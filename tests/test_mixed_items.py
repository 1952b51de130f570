"""Pictures with numbers, from fit to what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from isthmus import AnomalyDetector, Autoencoder, Clusters, FewLabelsClassifier, Parts, load
from isthmus.principal import PrincipalComponents
from isthmus.uses.evaluation import evaluate
from isthmus.uses.part_errors import part_errors

SIDE, N = 6, 400
PARTS = Parts((SIDE, SIDE))


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """A bright spot whose place the two numbers say, in units of their own; a third is noise."""
    rng = np.random.default_rng(0)
    at = rng.uniform(1, SIDE - 2, (N, 2))
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), -1)
    pictures = np.exp(-np.square(grid - at[:, None, None]).sum(-1) / 2)
    numbers = np.column_stack([1000 * at[:, 0], at[:, 1] - 50, rng.normal(size=N)])
    return PARTS.join(pictures, numbers)


@pytest.fixture(scope="module")
def fitted(rows) -> Autoencoder:
    plain = Autoencoder(4, code="plain", network="dense", training={"epochs": 60}, random_state=0)
    return plain.for_parts((SIDE, SIDE)).fit(rows[:300])


def without(rows: np.ndarray, part: str) -> np.ndarray:
    gappy = rows.copy()
    gappy[:, PARTS.slices()[part]] = np.nan
    return gappy


def test_one_part_is_rebuilt_from_the_other(rows, fitted):
    new = rows[300:]
    mean = np.broadcast_to(rows[:300].mean(0), new.shape)
    for part, which in (("numbers", slice(36, 38)), ("picture", slice(0, 36))):
        restored = fitted.restore(without(new, part))
        kept = next(where for name, where in PARTS.slices().items() if name != part)
        np.testing.assert_array_equal(restored[:, kept], new[:, kept])
        spread = rows[:300].std(0)
        gap = np.square((restored - new) / spread)[:, which].mean()
        by_mean = np.square((mean - new) / spread)[:, which].mean()
        assert gap < 0.3 * by_mean, part


def test_codes_need_either_part(rows, fitted):
    for part in PARTS.slices():
        codes = fitted.transform(without(rows, part))
        assert codes.shape == (N, 4)
        assert np.isfinite(codes).all()
        assert codes.std(0).min() > 0


def test_errors_are_over_what_is_there(rows, fitted):
    gappy = without(rows[300:], "numbers")
    gap = (fitted.reconstruct(gappy) - gappy) / fitted.scaling_.scale
    expected = -np.nanmean(np.square(gap), axis=1)
    np.testing.assert_allclose(fitted.score_samples(gappy), expected, rtol=1e-3)


def test_whole_items_are_never_above_pca(rows):
    ae = Autoencoder(4, training={"epochs": 8}, random_state=0).for_parts((SIDE, SIDE))
    gappy = rows[:300].copy()
    gappy[::10, :36] = np.nan
    gappy[5::10, 37] = np.nan
    ae.fit(gappy)
    found = evaluate(ae, rows[300:], ae.rival(gappy))
    assert all(own <= 1.02 * pca for own, pca in zip(found.mse, found.pca_mse, strict=True))


def test_a_fit_that_learnt_nothing_is_level_with_pca_whatever_is_missing(rows):
    ae = Autoencoder(4, training={"epochs": 0}, random_state=0).for_parts((SIDE, SIDE))
    gappy = rows.copy()
    gappy[::5, :36] = np.nan
    gappy[1::5, 36:] = np.nan
    ae.fit(gappy[:300])
    found = evaluate(ae, gappy[300:], ae.rival(gappy[:300]))
    np.testing.assert_allclose(found.item_mse, found.item_pca_mse, rtol=1e-3, atol=1e-9)


def test_pca_is_judged_by_what_is_there(rows):
    pca = PrincipalComponents(np.zeros(39), np.eye(2, 39), np.ones(2), 39.0)
    weight = np.random.default_rng(0).integers(0, 2, (20, 39)).astype(float)
    X = rows[:20].astype(np.float64)
    for size, column in zip((1, 2), pca.squared_errors(X, (1, 2), weight=weight).T, strict=True):
        kept = np.where(np.arange(39) < size, X, 0.0)
        np.testing.assert_allclose(column, (np.square(X - kept) * weight).sum(1))
    all_of_it = pca.squared_errors(X, (1, 2), weight=np.ones_like(X))
    np.testing.assert_allclose(all_of_it, pca.squared_errors(X, (1, 2)))


def test_errors_of_parts_against_their_sum(rows, fitted):
    new = rows[300:]
    pca = fitted.rival(rows[:300])
    found = part_errors(fitted, PARTS, new, pca)
    gap = np.square((fitted.reconstruct(new) - new) / fitted.scaling_.scale)
    for name, where in PARTS.slices().items():
        assert found[name]["mse"] == pytest.approx(gap[:, where].mean(), rel=1e-3)
        centred = fitted.scaling_.apply(new, np.float64)[:, where]
        share = gap[:, where].sum() / np.square(centred).sum()
        assert found[name]["lost"] == pytest.approx(share, rel=1e-3)
    assert found["picture"]["lost_alone"] < 0.5
    whole = evaluate(fitted, new, pca)
    total = found["picture"]["pca_mse"] * 36 + found["numbers"]["pca_mse"] * 3
    assert total / 39 == pytest.approx(whole.pca_mse[-1], rel=1e-6)


def test_a_saved_one_is_the_same(rows, fitted, tmp_path):
    fitted.save(tmp_path / "model")
    again = load(tmp_path / "model")
    gappy = without(rows[:20], "picture")
    np.testing.assert_array_equal(again.transform(gappy), fitted.transform(gappy))


def test_settings_go_through_clone_and_set_params():
    ae = (
        Autoencoder.from_preset("contrastive")
        .for_parts((8, 8))
        .set_params(corruption__share=0.3, corruption__corruption__turn=90.0)
    )
    settings = clone(ae).settings()
    assert settings["corruption"]["share"] == 0.3
    assert settings["corruption"]["corruption"]["turn"] == 90.0
    assert settings["network"]["network"]["widths"] == (48, 96, 192)
    assert Autoencoder.from_preset("contrastive").corruption == "deformation"


def test_uses_take_items_that_lack_a_part(rows):
    ae = Autoencoder(4, network="dense", code="plain", training={"epochs": 3})
    ae = ae.for_parts((SIDE, SIDE))
    gappy = rows.copy()
    gappy[::7, 36:] = np.nan
    detector = AnomalyDetector(ae).fit(gappy)
    assert np.isfinite(detector.score_samples(gappy)).all()
    far = rows[:1].copy()
    far[0, 36:] = 1e6
    assert detector.predict(far).tolist() == [-1]
    assert detector.contributions(far)[0].argmax() >= 36
    kinds = Clusters(autoencoder=ae, n_clusters=2).fit(gappy)
    assert kinds.predict(gappy[:5]).tolist() == kinds.labels_[:5].tolist()
    y = [None] * N
    for i in range(40):
        y[i] = "up" if rows[i, 36] < 2500 else "down"
    assert set(FewLabelsClassifier(ae).fit(gappy, y).predict(gappy[:9])) <= {"up", "down"}


@pytest.mark.parametrize("lack", ["", "picture", "numbers"])
def test_no_more_false_alarms_where_a_part_is_missing(rows, fitted, lack):
    """One in five of normal items may be odd: 20 of 100 new ones, give or take 3 deviations."""
    detector = AnomalyDetector.of(fitted, rows[:200], rows[200:300], false_alarms=0.2)
    new = without(rows[300:], lack) if lack else rows[300:]
    assert (detector.predict(new) < 0).mean() < 0.2 + 3 * np.sqrt(0.16 * (1 / 100 + 1 / 100))
    p_values = detector.p_values(new)
    assert (p_values <= 0.2).sum() == pytest.approx((detector.predict(new) < 0).sum(), abs=2)
    for few in (0.1, 0.3, 0.5):
        assert (p_values <= few).mean() < few + 0.17
