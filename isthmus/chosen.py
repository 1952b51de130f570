"""How an autoencoder is chosen: by a name, and by what fills its slots."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import BaseEstimator, clone

from isthmus.errors import unknown_name
from isthmus.presets import find_preset
from isthmus.slot_settings import SLOTS, slot_to_dict, slots_for_parts, with_settings

__all__ = ["Chosen"]


class Chosen(BaseEstimator):
    """Arguments of `isthmus.autoencoder.Autoencoder`: from presets, changed, and written down."""

    network: Any
    corruption: Any

    @classmethod
    def from_preset(
        cls, name: str | None, n_components: int | None = None, **settings: Any
    ) -> Self:
        """A named autoencoder.

        Parameters
        ----------
        name : str or None
            See `isthmus.presets`; None is the default autoencoder.
        n_components : int or None
            Length of the code; None takes the preset's own.
        **settings
            Further arguments, also inside a slot: ``training__epochs=5``.

        Raises
        ------
        BadSetting
            If the name is unknown (the nearest one is suggested).
        """
        own = {} if name is None else dict(find_preset(name).settings)
        if n_components is not None:
            own["n_components"] = n_components
        return cls(**own).set_params(**settings)

    def set_params(self, **params: Any) -> Self:
        """Set arguments, also inside a slot that is a word or a mapping: ``corruption__share=0.4``.

        Raises
        ------
        BadSetting
            If there is no such argument (the nearest one is suggested), or a value inside a slot
            is out of its range.
        """
        inside: dict[str, dict[str, Any]] = {}
        for key in list(params):
            slot, _, path = key.partition("__")
            if slot not in self._get_param_names():
                raise unknown_name("argument", key, self._get_param_names())
            choice = params.get(slot, getattr(self, slot, None))
            if path and slot in SLOTS and not isinstance(choice, BaseEstimator):
                inside.setdefault(slot, {})[path] = params.pop(key)
        super().set_params(**params)
        for slot, changes in inside.items():
            setattr(self, slot, with_settings(slot, getattr(self, slot), changes))
        return self

    def for_parts(self, picture: tuple[int, ...]) -> Self:
        """An unfitted copy for pictures with numbers beside them, as `isthmus.Parts` joins them.

        The network and the corruption stay what they are for the picture; numbers go through dense
        layers, and whole parts are hidden now and then, so that either may be missing later.

        Parameters
        ----------
        picture : tuple of int
            Shape of the picture that each row begins with, (H, W) or (H, W, C).
        """
        slots = slots_for_parts(self.network, self.corruption, picture)
        return clone(self).set_params(**slots)

    def settings(self) -> dict[str, Any]:
        """All arguments but the random state, as JSON can hold them."""
        return {
            key: slot_to_dict(value)
            for key, value in self.get_params(deep=False).items()
            if key != "random_state"
        }
