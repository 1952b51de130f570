"""What is searched of a class stands beside its ranges, and lies in them."""

from __future__ import annotations

import optuna
import pytest

from isthmus.autoencoder import Autoencoder
from isthmus.codes import Code
from isthmus.corruptions import Corruption
from isthmus.losses import Term
from isthmus.networks import Network
from isthmus.presets import PRESETS
from isthmus.training import Training
from isthmus.uses.search_space import SearchSpace

CHOICES = [choice for slot in (Network, Code, Corruption, Term) for choice in slot.choices.values()]
SPACES = [
    pytest.param(owner, name, space, id=f"{owner.name}-{name}")
    for owner in [*CHOICES, Training]
    for name, space in owner.search.items()
]
# Pictures, and rows that the preset was made for.
SHAPES = {"recommend": (40,), "map": (40,), "restore-cells": (40,), "scenes-1024": (128, 128, 3)}


@pytest.mark.parametrize("owner", [*CHOICES, Training])
def test_what_is_searched_has_a_range(owner):
    assert set(owner.search) <= set(owner.ranges)


@pytest.mark.parametrize(("owner", "name", "space"), SPACES)
def test_the_range_accepts_every_value_of_the_space(owner, name, space):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    values = [space.value(space.draw(study.ask(), name)) for _ in range(30)]
    for value in (*space.examples(), *values):
        owner.ranges[name].check(owner.name, name, value)
        assert space.including(value) == space
        assert space.value(space.told(value)) == value


@pytest.mark.parametrize("owner", [*(c for c in CHOICES if not issubclass(c, Network))])
def test_what_is_asked_for_is_not_searched(owner):
    # Trials that are asked for different things cannot be compared.
    assert owner.search == {}


@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_trials_of_every_preset_can_be_set(preset):
    ae = Autoencoder.from_preset(preset)
    found = SearchSpace.of(ae, SHAPES.get(preset, (28, 28)), 500)
    assert {"training__learning_rate", "training__batch_size"} <= set(found.searched)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.enqueue_trial(found.default())
    first, second = (found.draw(study.ask()) for _ in range(2))
    assert first == found.default()
    for told in (first, second):
        # Refuses what is unknown or out of its range.
        tried = Autoencoder.from_preset(preset).set_params(**found.settings(told))
        again = SearchSpace.of(tried, SHAPES.get(preset, (28, 28)), 500)
        assert {name: again.default()[name] for name in told} == told
