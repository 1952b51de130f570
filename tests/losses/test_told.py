"""What a head tells, against the formulas written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.losses import Record, Term, ToldClasses, ToldValues


def record(told: np.ndarray, given: np.ndarray) -> Record:
    items, same = torch.zeros(len(told), 1), torch.nn.Identity()
    told, given = torch.tensor(told), torch.tensor(given)
    return Record(items, items, None, items, items, same, same, told=told, given=given)


def test_classes_are_cross_entropy_and_items_count_by_their_shares():
    chance = np.random.default_rng(0)
    told, given = chance.normal(size=(6, 3)), chance.dirichlet(np.ones(3), 6)
    given[2] *= 0.25
    given[5] = 0.0
    shares = np.exp(told) / np.exp(told).sum(1, keepdims=True)
    by_hand = -(given * np.log(shares)).sum(1).mean()
    assert float(ToldClasses()(record(told, given.astype(np.float32)))) == pytest.approx(by_hand)


def test_values_are_the_mean_squared_error_of_those_known():
    told, given = np.array([[1.0], [5.0], [2.0]]), np.array([[3.0], [np.nan], [2.5]])
    assert float(ToldValues()(record(told, given))) == pytest.approx((4 + 0.25) / 2)


def test_where_no_value_is_known_nothing_is_asked():
    told = np.ones((4, 1))
    assert float(ToldValues()(record(told, np.full((4, 1), np.nan)))) == 0.0


def test_a_user_cannot_choose_them():
    assert not {ToldClasses, ToldValues} & set(Term.choices.values())
