"""How a table of users and their items becomes a matrix, and a second table the same one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import BadInput

__all__ = ["UserItems"]


@dataclass(frozen=True)
class UserItems:
    """How a table became a matrix, so that a second table becomes one with the same columns.

    Parameters
    ----------
    user, item : the columns' names.
    rating : the column of what users gave, or None.
    items : the names of all items, in the order of the matrix.
    """

    user: str
    item: str
    rating: str | None
    items: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> UserItems:
        """The inverse of `to_dict`."""
        return cls(**{**values, "items": tuple(values["items"])})

    def row(self, names: Sequence[str]) -> NDArray[np.float32]:
        """A user who has these items, shape (1, n_items); raises `BadInput` for an unknown one."""
        places = {name: place for place, name in enumerate(self.items)}
        found = np.zeros((1, len(places)), np.float32)
        for name in names:
            if name not in places:
                near = difflib.get_close_matches(name, places, n=1)
                holding = [other for other in places if name.lower() in other.lower()]
                near = near or sorted(holding, key=len)
                hint = f"; did you mean {near[0]!r}?" if near else "."
                raise BadInput(
                    f"there is no item {name!r} among the {len(places)} of the fit{hint}"
                )
            found[0, places[name]] = 1.0
        return found
