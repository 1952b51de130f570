"""Codes of items that lack a part, against regression by scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from isthmus.networks.partial import Partial
from isthmus.part_codes import RIDGE, PartCodes, PartialComponents
from isthmus.principal import PrincipalComponents, fit_principal

K, P = 4, 17
PARTS = {"picture": slice(0, 12), "numbers": slice(12, None)}


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Four causes and noise that is not the same everywhere, centred."""
    rng = np.random.default_rng(0)
    causes = rng.normal(size=(4000, K)) * [4.0, 3.0, 2.0, 1.5]
    noise = rng.normal(size=(4000, P)) * np.linspace(0.2, 2.0, P)
    rows = causes @ rng.normal(size=(K, P)) + noise
    return rows - rows.mean(0)


def pca_of(rows: np.ndarray) -> PrincipalComponents:
    return fit_principal(lambda: iter([rows]), len(rows), P, K)


def partial(rows: np.ndarray, pca: PrincipalComponents) -> PartialComponents:
    return PartialComponents.of(pca, PartCodes.fit([rows], pca, K, 12), 12)


def with_only(rows: np.ndarray, part: str) -> np.ndarray:
    seen = np.zeros_like(rows)
    seen[:, PARTS[part]] = rows[:, PARTS[part]]
    return seen


@pytest.mark.parametrize("part", PARTS)
def test_half_a_code_is_put_right_by_regression(rows, part):
    pca = pca_of(rows)
    seen = with_only(rows, part)
    halves = pca.transform(seen)
    ridge = Ridge(RIDGE * np.square(halves).sum() / K).fit(halves, pca.transform(rows))
    expected = ridge.predict(halves[:50])
    module = Partial(partial(rows, pca))
    found = module(torch.from_numpy(seen[:50]).float(), torch.from_numpy(halves[:50]).float())
    spread = pca.transform(rows).std(0)
    np.testing.assert_allclose(found.numpy() / spread, expected / spread, atol=1e-4)


def test_what_is_missing_is_not_counted(rows):
    pca = pca_of(rows)
    gappy = np.concatenate([rows, rows[:500]])
    gappy[4000:, :12] = np.nan
    whole, counted = (PartCodes.fit([x], pca, K, 12) for x in (rows, gappy))
    np.testing.assert_allclose(whole.by_picture, counted.by_picture)


def test_whole_items_keep_pcas_code(rows):
    pca = pca_of(rows)
    codes = torch.from_numpy(pca.transform(rows[:20])).float()
    module = Partial(partial(rows, pca))
    assert torch.equal(module(torch.from_numpy(rows[:20]).float(), codes), codes)


def test_numbers_that_never_change_are_not_missing(rows):
    flat = rows.copy()
    flat[:, 12:] = 0.0
    pca = pca_of(flat)
    codes = torch.from_numpy(pca.transform(flat[:20])).float()
    module = Partial(partial(flat, pca))
    torch.testing.assert_close(module(torch.from_numpy(flat[:20]).float(), codes), codes)


@pytest.mark.parametrize("part", PARTS)
def test_the_rival_codes_such_items_as_well(rows, part):
    pca = pca_of(rows)
    rival, seen = partial(rows, pca), with_only(rows[:30], part)
    halves = torch.from_numpy(pca.transform(seen)).float()
    expected = Partial(rival)(torch.from_numpy(seen).float(), halves)
    np.testing.assert_allclose(rival.transform(seen), expected, atol=1e-4)
    np.testing.assert_array_equal(rival.transform(rows[:30]), pca.transform(rows[:30]))
