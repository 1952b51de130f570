"""Reaching a setting inside a slot by the name scikit-learn gives it: ``corruption__share``.

scikit-learn routes such names to objects; here a slot may still be a word or a mapping, and then
becomes a mapping with that setting changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from isthmus.codes import Code
from isthmus.corruptions import Corruption, MissingParts
from isthmus.losses import resolve_loss
from isthmus.networks import Mixed, Network, PCAStart
from isthmus.training import Training

__all__ = ["SLOTS", "slot_to_dict", "slots_for_parts", "with_settings"]

#: Argument of `Autoencoder` -> what makes an object, or objects, of a choice.
SLOTS: Mapping[str, Callable[[Any], Any]] = {
    "network": Network.resolve,
    "code": Code.resolve,
    "corruption": Corruption.resolve,
    "loss": resolve_loss,
    "training": Training.resolve,
}


def slot_to_dict(choice: Any) -> Any:
    """A slot's choice, in any form, as JSON can hold it."""
    if isinstance(choice, Training):
        return choice.get_params(deep=False)
    if hasattr(choice, "to_dict"):
        return choice.to_dict()
    if isinstance(choice, Mapping):
        return {key: slot_to_dict(value) for key, value in choice.items()}
    return choice


def slots_for_parts(network: Any, corruption: Any, picture: tuple[int, ...]) -> dict[str, Any]:
    """The choices of two slots, put into those for pictures with numbers behind them.

    Parameters
    ----------
    network, corruption : str, mapping or Slot
        What they are for the picture.
    picture : tuple of int
        Its shape.
    """
    chosen = Network.resolve(network)
    mixed = {"name": Mixed.name, "picture": list(picture)}
    if isinstance(chosen, PCAStart):
        # Corrections of PCA: dense layers make them at a tenth of what convolutions cost.
        inner = {} if chosen.refine == "auto" else {"network": slot_to_dict(chosen.refine)}
        network = slot_to_dict(chosen) | {"refine": mixed | inner}
    else:
        network = mixed | {"network": slot_to_dict(chosen)}
    missing = {"name": MissingParts.name, "picture": list(picture)}
    return {"network": network, "corruption": missing | {"corruption": slot_to_dict(corruption)}}


def with_settings(slot: str, choice: Any, changes: Mapping[str, Any]) -> Any:
    """The choice of a slot with some settings changed, as a mapping; checked.

    Parameters
    ----------
    slot : str
        Which slot.
    choice : str, mapping or None
        What it is now.
    changes : mapping
        New values by setting, with further ``__`` for what lies deeper.

    Raises
    ------
    BadSetting
        If there is no such setting, or the value is out of its range.
    """
    changed = slot_to_dict(choice)
    for path, value in changes.items():
        changed = _changed(changed, path.split("__"), value, slot)
    SLOTS[slot](changed)
    return changed


def _changed(choice: Any, path: list[str], value: Any, slot: str) -> dict[str, Any]:
    if not isinstance(choice, Mapping):
        choice = _mapping(choice, slot)
    head, *rest = path
    if not rest:
        return {**choice, head: value}
    inner = "term" if slot == "loss" else slot
    return {**choice, head: _changed(choice.get(head), rest, value, inner)}


def _mapping(choice: Any, slot: str) -> dict[str, Any]:
    if choice is None:
        return {}
    if slot == "loss":
        return {choice: 1.0}
    if slot == "term":
        return {"weight": choice}
    return {"name": choice}
