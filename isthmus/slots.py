"""What the four slots have in common: a choice is a small object that only stores its settings.

A choice can be written three ways, all equal: by name (``"gaussian"``), as a mapping
(``{"name": "gaussian", "share": 0.3}``, the form of files), or as the object itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator

from isthmus.errors import BadSetting, unknown_name
from isthmus.settings import Range, check_settings
from isthmus.spaces import Space

__all__ = ["Slot"]


class Slot(BaseEstimator):
    """A choice in one slot.

    A direct subclass is a slot (`Network`, `Code`, `Corruption`, `Term`); a subclass of that with a
    ``name`` is one choice, and is found by that name from then on.

    Attributes
    ----------
    name : str
        The word a user writes.
    ranges : mapping of str to Range
        What each setting may be.
    search : mapping of str to Space
        Where `isthmus tune` looks for a better value of some of them. Codes, corruptions and losses
        say what is asked for, and a fit that is asked for something else cannot be compared: they
        state none.
    """

    name: ClassVar[str]
    ranges: ClassVar[Mapping[str, Range]] = {}
    search: ClassVar[Mapping[str, Space]] = {}
    choices: ClassVar[dict[str, type[Slot]]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if Slot in cls.__bases__:
            cls.choices = {}
        elif "name" in cls.__dict__:
            cls.choices[cls.name] = cls

    @classmethod
    def resolve(cls, choice: str | Mapping[str, Any] | Slot) -> Self:
        """The object for a choice in any of its three forms, its settings checked.

        Raises
        ------
        BadSetting
            If the name or a setting is unknown, or a value is out of its range.
        """
        if isinstance(choice, str):
            choice = {"name": choice}
        if isinstance(choice, Mapping):
            choice = cls._from_mapping(choice)
        if not isinstance(choice, cls):
            raise BadSetting(
                f"{choice!r} is no {cls.__name__.lower()}; expected one of "
                f"{', '.join(sorted(cls.choices))}, a mapping with 'name', or a {cls.__name__}."
            )
        check_settings(choice)
        return choice

    @classmethod
    def _from_mapping(cls, choice: Mapping[str, Any]) -> Slot:
        settings = dict(choice)
        name = settings.pop("name", None)
        kind = cls.choices.get(name) if isinstance(name, str) else None
        if kind is None:
            raise unknown_name(cls.__name__.lower(), name, cls.choices)
        for setting in settings:
            if setting not in kind._get_param_names():
                raise unknown_name(f"setting of {name!r}", setting, kind._get_param_names())
        return kind(**settings)

    def to_dict(self) -> dict[str, Any]:
        """The choice as a mapping that JSON can hold; `resolve` takes it back."""
        settings = self.get_params(deep=False)
        return {"name": self.name} | {
            key: value.to_dict() if isinstance(value, Slot) else value
            for key, value in settings.items()
        }
