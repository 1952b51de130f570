"""The map that the page draws: a place for each code, and a code for each place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from isthmus.errors import BadFile, IsthmusError
from isthmus.explorer.served import ServedRun
from isthmus.principal import PrincipalComponents, fit_principal
from isthmus.runs.uses import Own

__all__ = ["Plane", "PrincipalPlane", "plane_of"]

Floats = NDArray[np.floating]

DIMENSIONS = 2


class Model(Protocol):
    """What turns codes, shape (n, k), into places, shape (n, 2), and back."""

    def transform(self, X: Any) -> Floats: ...

    def inverse_transform(self, Z: Any) -> Floats: ...


@dataclass(frozen=True)
class PrincipalPlane:
    """The plane through codes in which they vary most: a map for a run that has none."""

    principal: PrincipalComponents

    @classmethod
    def of(cls, codes: Floats) -> PrincipalPlane:
        """The plane of codes, shape (n, k); of codes of one number it is a line."""
        n, k = codes.shape
        wide = codes.astype(np.float64)
        return cls(fit_principal(lambda: iter([wide]), n, k, min(DIMENSIONS, k)))

    def transform(self, X: Any) -> Floats:
        """Places of codes, shape (n, k) to (n, 2)."""
        places = self.principal.transform(np.asarray(X, np.float64))
        return np.pad(places, ((0, 0), (0, DIMENSIONS - places.shape[1])))

    def inverse_transform(self, Z: Any) -> Floats:
        """Codes of places, shape (n, 2) to (n, k): the mean in all other directions."""
        return self.principal.inverse_transform(np.asarray(Z)[:, : self.principal.n_components])


@dataclass(frozen=True)
class Plane:
    """A map of the items of a run.

    Attributes
    ----------
    model : Model
    places : ndarray of float32, shape (n, 2)
        In the order of the run's codes.
    learnt : bool
        Whether it is the one that ``isthmus map`` made.
    note : str
        What to know of it, one line, or nothing.
    """

    model: Model
    places: NDArray[np.float32]
    learnt: bool
    note: str = ""

    def places_of(self, codes: Floats) -> NDArray[np.float32]:
        """Places of codes, shape (n, k) to (n, 2)."""
        return np.asarray(self.model.transform(codes), np.float32)

    def codes_at(self, places: Floats) -> NDArray[np.float32]:
        """Codes at places, shape (n, 2) to (n, k)."""
        return np.asarray(self.model.inverse_transform(places), np.float32)


def plane_of(served: ServedRun, own: Own) -> Plane:
    """The map in a run's folder, or where there is none that fits the plane of its codes."""
    folder = served.folder
    path, reason = folder / "map.parquet", "This run has no map yet"
    if path.exists():
        try:
            return Plane(served.map_model(), _places(path, own), learnt=True)
        except IsthmusError as error:
            reason = f"The map cannot be used: {error}"
    plane = PrincipalPlane.of(own.codes)
    note = (
        f"{reason.rstrip('.')}. Shown is the plane in which its codes vary most; "
        f"a better one: isthmus map {folder}"
    )
    places = np.asarray(plane.transform(own.codes), np.float32)
    return Plane(plane, places, learnt=False, note=note)


def _places(path: Path, own: Own) -> NDArray[np.float32]:
    """The places in a file, shape (n, 2); they must be of the run's items, in their order."""
    try:
        table = pq.read_table(path)
    except (ValueError, OSError) as error:
        raise BadFile(f"{path} is damaged: {error}.") from None
    if "z" in table.column_names:
        raise BadFile(f"{path} has three dimensions, and this page has two.")
    missing = {"id", "x", "y"} - set(table.column_names)
    if missing:
        raise BadFile(f"{path} lacks the column {min(missing)}.")
    if table["id"].to_pylist() != own.ids.tolist():
        raise BadFile(f"{path} is of other items than codes.parquet.")
    places = np.column_stack([table[axis].to_numpy() for axis in ("x", "y")]).astype(np.float32)
    if not np.isfinite(places).all():
        raise BadFile(f"{path} has places that are no numbers.")
    return places
