"""Every range that a class states is kept, at its ends and beyond them."""

from __future__ import annotations

import math
from numbers import Integral

import numpy as np
import pytest

from isthmus.autoencoder import Autoencoder
from isthmus.codes import Code
from isthmus.corruptions import Corruption
from isthmus.errors import BadSetting
from isthmus.losses import Term
from isthmus.networks import Network
from isthmus.settings import Interval, Names
from isthmus.training import Training

# Settings that are choices of a slot again, with ranges of their own.
SLOTS_INSIDE = {"refine", "network", "corruption"}
CHOICES = [choice for slot in (Network, Code, Corruption, Term) for choice in slot.choices.values()]
RANGES = [
    pytest.param(owner, name, allowed, id=f"{owner.name}-{name}")
    for owner in [*CHOICES, Training]
    for name, allowed in owner.ranges.items()
]
INTERVALS = [p for p in RANGES if isinstance(p.values[2], Interval)]
WORDS = [p for p in RANGES if isinstance(p.values[2], Names)]


def resolve(owner, **settings):
    """The owner with these settings, the way a fit makes it."""
    if owner is Training:
        return Training.resolve(settings)
    return owner.resolve({"name": owner.name, **settings})


def ends(allowed: Interval) -> tuple[list, list]:
    """Values at, and values just beyond, the two ends."""
    inside, outside = [], []
    whole = allowed.kind is int
    for end, side, step in ((allowed.low, "left", -1), (allowed.high, "right", 1)):
        if end is None:
            continue
        end = int(end) if whole else float(end)
        beyond = end + step if whole else math.nextafter(end, step * math.inf)
        belongs = allowed.closed in ("both", side)
        within = end - step if whole else math.nextafter(end, -step * math.inf)
        inside.append(end if belongs else within)
        outside.append(beyond if belongs else end)
    return inside, outside


@pytest.mark.parametrize(("owner", "name", "allowed"), INTERVALS)
def test_the_ends_of_a_range_are_allowed(owner, name, allowed):
    inside, _ = ends(allowed)
    assert inside
    needed = {"patience": {"validation": 0.1}, "reduce_patience": {"validation": 0.1}}
    for value in inside + ([None] if allowed.optional else []):
        assert getattr(resolve(owner, **{name: value, **needed.get(name, {})}), name) == value


@pytest.mark.parametrize(("owner", "name", "allowed"), INTERVALS)
def test_values_beyond_a_range_are_refused(owner, name, allowed):
    _, outside = ends(allowed)
    never = ["3", [1], True, math.nan, math.inf, -math.inf, 1 + 2j]
    if allowed.kind is int:
        never.append(1.5)
    if not allowed.optional:
        never.append(None)
    for value in outside + never:
        with pytest.raises(BadSetting, match=f"{name}=") as caught:
            resolve(owner, **{name: value})
        assert allowed.describe() in str(caught.value)
        assert owner.name in str(caught.value)


@pytest.mark.parametrize(("owner", "name", "allowed"), WORDS)
def test_words_that_are_not_in_the_list_are_refused(owner, name, allowed):
    for word in allowed.choices:
        assert getattr(resolve(owner, **{name: word}), name) == word
    never = (allowed.choices[0] + "x", "", 3, ["adam"], *(() if allowed.optional else (None,)))
    for word in never:
        with pytest.raises(BadSetting, match=name) as caught:
            resolve(owner, **{name: word})
        assert all(choice in str(caught.value) for choice in allowed.choices)


@pytest.mark.parametrize("owner", [*CHOICES, Training])
def test_every_range_is_of_a_setting(owner):
    assert set(owner.ranges) <= set(owner._get_param_names())


@pytest.mark.parametrize("owner", [*CHOICES, Training])
def test_every_number_and_word_has_a_range(owner):
    free = {"clip"}
    for name, value in owner().get_params(deep=False).items():
        if isinstance(value, int | float | str) and name not in free | SLOTS_INSIDE:
            assert name in owner.ranges, name


@pytest.mark.parametrize(("owner", "name", "allowed"), RANGES)
def test_defaults_are_in_their_ranges(owner, name, allowed):
    allowed.check(owner.name, name, getattr(owner(), name))


def test_numbers_of_numpy_are_numbers():
    Interval(int, 1).check("a", "b", np.int64(3))
    Interval(float, 0).check("a", "b", np.float32(3))
    assert isinstance(np.int64(3), Integral)


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(int, 1), "an integer in [1, inf)"),
        (Interval(float, 0, 1, "neither"), "a number in (0, 1)"),
        (Interval(float, 0, 1, "left"), "a number in [0, 1)"),
        (Interval(float, None, 1, optional=True), "a number in (-inf, 1] or None"),
    ],
)
def test_a_range_describes_itself(interval, words):
    assert interval.describe() == words


@pytest.mark.parametrize("n_components", [0, -1, 1.5, "3", True, math.nan])
def test_bad_code_lengths_are_refused(n_components, rows):
    with pytest.raises(BadSetting, match="n_components="):
        Autoencoder(n_components).fit(rows)


@pytest.mark.parametrize("scale", ["column", None, 3, ["auto"]])
def test_bad_scales_are_refused(scale, rows):
    with pytest.raises(BadSetting, match="unknown scale"):
        Autoencoder(2, scale=scale).fit(rows)


@pytest.mark.parametrize("training", ["fast", 3, ["epochs"], {"epoch": 3}, {3: 4}])
def test_bad_trainings_are_refused(training, rows):
    with pytest.raises(BadSetting, match="training"):
        Autoencoder(2, training=training).fit(rows)


@pytest.mark.parametrize("setting", ["patience", "reduce_patience"])
def test_patience_needs_held_out_items(setting, rows):
    with pytest.raises(BadSetting, match="validation=0"):
        Autoencoder(2, training={setting: 3, "validation": 0}).fit(rows)
