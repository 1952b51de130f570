from __future__ import annotations

import json

import pytest
from sklearn.base import clone

from isthmus.autoencoder import Autoencoder
from isthmus.codes import Code
from isthmus.corruptions import Corruption, Masking
from isthmus.errors import BadSetting
from isthmus.losses import L1, Term
from isthmus.networks import Dense, Network, PCAStart
from isthmus.slot_settings import SLOTS, slot_to_dict, with_settings

SLOT_CLASSES = (Network, Code, Corruption, Term)
CHOICES = [choice for slot in SLOT_CLASSES for choice in slot.choices.values()]


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_a_choice_can_be_written_three_ways(choice):
    slot = next(slot for slot in SLOT_CLASSES if issubclass(choice, slot))
    made = choice()
    for written in (choice.name, {"name": choice.name}, made, made.to_dict()):
        resolved = slot.resolve(written)
        assert type(resolved) is choice
        assert resolved.to_dict() == made.to_dict()
    assert slot.resolve(made) is made
    assert slot.resolve(json.loads(json.dumps(made.to_dict()))).name == choice.name


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_a_choice_only_stores_its_settings(choice):
    settings = choice().get_params(deep=False)
    marks = {name: object() for name in settings}
    made = choice(**marks)
    assert vars(made) == marks
    assert clone(choice()).get_params() == choice().get_params()


def test_names_belong_to_one_choice_each():
    names = [choice.name for choice in CHOICES]
    for slot in SLOT_CLASSES:
        assert all(name == choice.name for name, choice in slot.choices.items())
    assert len(CHOICES) == sum(len(slot.choices) for slot in SLOT_CLASSES)
    assert names


@pytest.mark.parametrize("slot", SLOT_CLASSES)
@pytest.mark.parametrize("wrong", [None, 3, object(), ["dense"], Dense])
def test_what_is_no_choice_is_refused(slot, wrong):
    with pytest.raises(BadSetting, match="expected one of"):
        slot.resolve(wrong)


@pytest.mark.parametrize(
    ("slot", "wrong", "message"),
    [
        (Network, "dens", "did you mean 'dense'"),
        (Code, {"name": "gausian"}, "did you mean 'gaussian'"),
        (Corruption, {"share": 0.3}, "unknown corruption None"),
        (Corruption, {"name": ["masking"]}, "unknown corruption"),
        (Corruption, {"name": "masking", "shar": 0.3}, "did you mean 'share'"),
        (Term, {"name": "l1", "wieght": 1}, "did you mean 'weight'"),
        (Code, "masking", "unknown code 'masking'"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(slot, wrong, message):
    with pytest.raises(BadSetting, match=message):
        slot.resolve(wrong)


def test_a_choice_of_another_slot_is_refused():
    with pytest.raises(BadSetting, match="no code"):
        Code.resolve(Masking())


def test_a_new_choice_is_found_by_its_name(monkeypatch):
    monkeypatch.setattr(Code, "choices", dict(Code.choices))

    class Doubled(Code.choices["plain"]):
        name = "doubled"

    assert type(Code.resolve("doubled")) is Doubled
    assert "doubled" not in Network.choices


def test_nested_choices_survive_json():
    network = PCAStart(refine=Dense((5,), "tanh"))
    assert network.to_dict()["refine"]["name"] == "dense"
    back = Network.resolve(json.loads(json.dumps(network.to_dict())))
    assert Network.resolve(back.refine).activation == "tanh"


@pytest.mark.parametrize(
    ("slot", "choice", "path", "value", "wanted"),
    [
        ("corruption", "masking", "share", 0.4, {"name": "masking", "share": 0.4}),
        ("loss", "mse", "l1", 0.1, {"mse": 1.0, "l1": 0.1}),
        ("loss", {"mse": 2.0}, "mse__weight", 3.0, {"mse": {"weight": 3.0}}),
        ("training", None, "epochs", 3, {"epochs": 3}),
        (
            "network",
            {"name": "pca-start", "refine": "dense"},
            "refine__hidden",
            (3,),
            {"name": "pca-start", "refine": {"name": "dense", "hidden": (3,)}},
        ),
    ],
)
def test_a_setting_inside_a_slot(slot, choice, path, value, wanted):
    assert with_settings(slot, choice, {path: value}) == wanted


def test_slots_are_the_estimators_arguments():
    assert set(SLOTS) < set(Autoencoder().get_params(deep=False))


def test_slot_to_dict_reaches_into_mappings():
    assert slot_to_dict({"mse": 1.0, "l1": L1(0.1)}) == {
        "mse": 1.0,
        "l1": {"name": "l1", "weight": 0.1},
    }
