"""Spaces, by what an Optuna trial draws from them."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from scipy.stats import kstest

from isthmus.spaces import Choice, IntLog, LogUniform, label


def drawn(space, n: int = 200) -> list:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return [space.value(space.draw(study.ask(), "a")) for _ in range(n)]


def test_numbers_are_even_in_their_logarithm():
    values = np.log10(drawn(LogUniform(1e-4, 1e-1)))
    assert kstest((values + 4) / 3, "uniform").pvalue > 0.01


def test_integers_lie_between_both_ends():
    values = drawn(IntLog(2, 5))
    assert set(values) == {2, 3, 4, 5}
    assert all(isinstance(value, int) for value in values)


def test_all_values_of_a_choice_come_back_as_they_are():
    values = ((64, 64), (), "gelu", 16, None)
    assert set(drawn(Choice(values))) == set(values)


@pytest.mark.parametrize(
    ("space", "inside", "outside"),
    [
        (LogUniform(1e-3, 1e-2), 5e-3, [1e-4, 0.5]),
        (IntLog(4, 8), 5, [2, 30]),
        (Choice((1, 2)), 2, [7, None]),
        (Choice(((64,), (64, 64))), [64, 64], [(8,)]),
    ],
)
def test_a_space_is_widened_for_what_lies_outside_it_alone(space, inside, outside):
    assert space.including(inside) == space
    for value in outside:
        wider = space.including(value)
        assert wider != space
        assert wider.including(value) == wider
        assert wider.value(wider.told(value)) == value
        # What lay in it still does.
        assert all(wider.including(each) == wider for each in space.examples())


def test_values_are_told_as_words():
    assert [label(value) for value in ((512, 256), [512, 256], (), "gelu", 3, None)] == [
        "512-256",
        "512-256",
        "none",
        "gelu",
        3,
        None,
    ]
