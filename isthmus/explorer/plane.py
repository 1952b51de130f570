"""The maps that the page draws: a place for each code, and a code for each place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from isthmus.data.rows import Chunks, drawn
from isthmus.errors import BadFile, IsthmusError
from isthmus.explorer.served import ServedRun
from isthmus.networks import settled
from isthmus.principal import PrincipalComponents, fit_principal
from isthmus.runs.folder import read_json
from isthmus.runs.uses import Own
from isthmus.uses.other_maps import OTHERS
from isthmus.uses.words import MAPS

__all__ = ["NeighbourPlane", "Plane", "PrincipalPlane", "planes_of"]

Floats = NDArray[np.floating]

DIMENSIONS = 2
# Codes that tell the plane in which they vary most.
MOST_CODES, SEED = 50_000, 0
# Nearest items that tell where a code lies, and what a place is.
VOTERS = 5
TINY = 1e-9


class Model(Protocol):
    """What turns codes, shape (n, k), into places, shape (n, 2), and back."""

    def transform(self, X: Any) -> Floats: ...

    def inverse_transform(self, Z: Any) -> Floats: ...


@dataclass(frozen=True)
class PrincipalPlane:
    """The plane through codes in which they vary most."""

    principal: PrincipalComponents

    @classmethod
    def of(cls, codes: Floats) -> PrincipalPlane:
        """The plane of codes, shape (n, k); of codes of one number it is a line."""
        some = codes[drawn(len(codes), MOST_CODES, SEED)].astype(np.float64)
        n, k = some.shape
        return cls(fit_principal(lambda: iter([some]), n, k, min(DIMENSIONS, k)))

    def transform(self, X: Any) -> Floats:
        """Places of codes, shape (n, k) to (n, 2)."""
        places = self.principal.transform(np.asarray(X, np.float64))
        return np.pad(places, ((0, 0), (0, DIMENSIONS - places.shape[1])))

    def inverse_transform(self, Z: Any) -> Floats:
        """Codes of places, shape (n, 2) to (n, k): the mean in all other directions."""
        return self.principal.inverse_transform(np.asarray(Z)[:, : self.principal.n_components])


class NeighbourPlane:
    """Any map: codes lie where the nearest of its items agree, and places decode as items near.

    So maps that neither place what is new nor decode do both.

    Parameters
    ----------
    codes : ndarray, shape (n, k)
    places : ndarray, shape (n, 2)
    """

    def __init__(self, codes: Floats, places: Floats):
        self.codes, self.places = codes, places

    @cached_property
    def _by_code(self) -> NearestNeighbors:
        return NearestNeighbors(n_neighbors=min(VOTERS, len(self.codes))).fit(self.codes)

    @cached_property
    def _by_place(self) -> NearestNeighbors:
        return NearestNeighbors(n_neighbors=min(VOTERS, len(self.places))).fit(self.places)

    def transform(self, X: Any) -> Floats:
        """Places of codes, shape (n, k) to (n, 2)."""
        far, which = self._by_code.kneighbors(np.asarray(X, self.codes.dtype))
        unit = float(self.places.std()) or 1.0
        squares = (far / max(float(far.mean()), TINY)) ** 2
        voting = torch.from_numpy(self.places[which] / unit)
        return np.asarray(settled(torch.from_numpy(squares).to(voting), voting)) * unit

    def inverse_transform(self, Z: Any) -> Floats:
        """Codes of places, shape (n, 2) to (n, k): means, those count most that are nearest."""
        far, which = self._by_place.kneighbors(np.asarray(Z, self.places.dtype))
        unit = np.maximum(far.mean(1, keepdims=True), TINY)
        shares = 1 / ((far / unit) ** 2 + TINY)
        shares /= shares.sum(1, keepdims=True)
        codes: Floats = np.einsum("nv,nvk->nk", shares, self.codes[which])
        return codes


@dataclass(frozen=True)
class Plane:
    """A map of the items of a run.

    Attributes
    ----------
    name : str
        Its name in `isthmus.uses.words.MAPS`.
    model : Model
    places : ndarray of float32, shape (n, 2)
        In the order of the run's codes.
    note : str
        What to know of it, one line, or nothing.
    """

    name: str
    model: Model
    places: NDArray[np.float32]
    note: str = ""

    def places_of(self, codes: Floats) -> NDArray[np.float32]:
        """Places of codes, shape (n, k) to (n, 2)."""
        return np.asarray(self.model.transform(codes), np.float32)

    def codes_at(self, places: Floats) -> NDArray[np.float32]:
        """Codes at places, shape (n, 2) to (n, k)."""
        return np.asarray(self.model.inverse_transform(places), np.float32)


def planes_of(served: ServedRun, own: Own) -> tuple[Plane, ...]:
    """The maps of a run: those in its folder, and the plane in which its codes vary most."""
    folder = served.folder
    path, reason = folder / "map.parquet", "This run has no map yet"
    found: list[Plane] = []
    if path.exists():
        try:
            found = _made(served, own, path)
        except IsthmusError as error:
            reason = f"The map cannot be used: {error}"
    plane = PrincipalPlane.of(own.codes)
    places = [np.asarray(plane.transform(piece), np.float32) for piece in Chunks(own.codes)]
    note = _figures(folder, "pca")
    if not found:
        note = (
            f"{reason.rstrip('.')}. Shown is the plane in which its codes vary most; "
            f"a better one: isthmus map {folder}"
        )
    return (*found, Plane("pca", plane, np.concatenate(places), note))


def _made(served: ServedRun, own: Own, path: Path) -> list[Plane]:
    """The maps that ``isthmus map`` made, ours first."""
    table = _table(path, own)
    found = [Plane("map", served.map_model(), _places(path, table), _figures(path.parent, "map"))]
    for name in OTHERS:
        if f"{name}_x" in table.column_names:
            places = _places(path, table, f"{name}_")
            note = _figures(path.parent, name)
            found.append(Plane(name, NeighbourPlane(own.codes, places), places, note))
    return found


def _figures(folder: Path, name: str) -> str:
    """How good a map is, as ``map.json`` has it."""
    path = folder / "map.json"
    figures = read_json(path).get(name) if path.exists() else None
    if figures is None:
        return ""
    words = ("trustworthiness", "continuity", "distances")
    text = ", ".join(f"{word} {figures[word]:.3f}" for word in words)
    told = figures["told"]
    # Tenths of a percent, as maps differ by less than one.
    told_text = "" if told is None else f"; neighbours tell {100 * told:.1f} % of test labels"
    return f"{MAPS[name]}: {text}{told_text}."


def _table(path: Path, own: Own) -> pa.Table:
    """What is in a file of maps, which must be of the run's items, in their order."""
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
    return table


def _places(path: Path, table: pa.Table, before: str = "") -> NDArray[np.float32]:
    """Places, shape (n, 2)."""
    axes = [table[f"{before}{axis}"].to_numpy() for axis in ("x", "y")]
    places = np.column_stack(axes).astype(np.float32)
    if not np.isfinite(places).all():
        raise BadFile(f"{path} has places that are no numbers.")
    return places
