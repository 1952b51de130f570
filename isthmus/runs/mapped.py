"""A map of the items of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import Chunks, drawn
from isthmus.errors import BadInput, unknown_name
from isthmus.files import replacing_folder
from isthmus.principal import fit_principal
from isthmus.runs.items import Preparing
from isthmus.runs.job import rewrite_report
from isthmus.runs.uses import Own, leave, with_codes, write_columns
from isthmus.training import Watcher
from isthmus.uses.maps import map_figures, told_by_neighbours
from isthmus.uses.other_maps import OTHERS

__all__ = ["AXES", "map_run"]

Floats = NDArray[np.floating]

#: Columns of places.
AXES = ("x", "y", "z")
FEWEST = 10
# Items that the report draws.
SHOWN = 1500


def map_run(
    run: Path,
    n_dimensions: int = 2,
    *,
    beside: Sequence[str] = (),
    epochs: int | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
    preparing: Preparing | None = None,
) -> dict[str, Any]:
    """Fit a map to the codes of a run and leave it there.

    It is an autoencoder of codes (preset ``map``): it places new codes, and decodes any place to a
    code. It is fitted to the codes of the run's training items.

    Parameters
    ----------
    run : Path
        ``RUN/map/model`` gets the model, ``RUN/map.parquet`` the places of all items (columns id,
        split, x, y and z, those of others with their name before), ``RUN/map.json`` what is
        returned; the report is drawn anew.
    n_dimensions : int
        2 or 3.
    beside : sequence of str
        Other maps to make of the same codes, names in `isthmus.uses.other_maps.OTHERS`; PCA always
        is.
    epochs : int or None
        Passes over the codes; None takes the preset's.
    seed : int
    watcher : Watcher or None
    preparing : callable or None

    Returns
    -------
    dict
        ``n_dimensions``, ``n_items``, ``seconds``, ``error`` (the share of the codes' variance that
        the map loses on test items), under each map's name (``map``, ``pca``, those beside) its
        `MapFigures` on training items and ``told``, how many test items' labels five neighbours
        tell, and in ``shown`` labels and places of some items.
    """
    for name in beside:
        if name not in OTHERS:
            raise unknown_name("map", name, OTHERS)
    folder, _ = with_codes(run)
    own = Own.of(folder)
    test = np.array([split == "test" for split in own.split.to_pylist()])
    if (~test).sum() < FEWEST:
        raise BadInput(
            f"{run} has {(~test).sum()} items that were fitted; a map needs at least {FEWEST}."
        )
    fitted = own.codes[~test].astype(np.float32)
    settings = {} if epochs is None else {"training__epochs": epochs}
    ae = Autoencoder.from_preset("map", n_dimensions, random_state=seed, **settings)
    ae.fit(fitted, watcher=watcher)
    places = np.concatenate([ae.transform(piece) for piece in Chunks(own.codes)])
    ways = {"map": places, "pca": _plane(fitted, own.codes, n_dimensions)}
    for name in beside:
        ways[name] = np.empty((len(test), n_dimensions))
        of_each = OTHERS[name](fitted, own.codes[test].astype(np.float32), n_dimensions, seed)
        ways[name][~test], ways[name][test] = of_each
    asked = own.codes[test] if test.any() else fitted
    lost = np.square(ae.reconstruct(asked) - asked).sum() / np.square(asked - fitted.mean(0)).sum()
    record = {
        "n_dimensions": n_dimensions,
        "n_items": len(test),
        "seconds": ae.seconds_,
        "error": float(lost),
        **{way: _figures(own, test, of) for way, of in ways.items()},
        "shown": _shown(own, ways, seed),
    }
    with replacing_folder(folder / "map") as new:
        ae.save(new / "model")
    columns = {
        axis if way == "map" else f"{way}_{axis}": pa.array(of[:, i])
        for way, of in ways.items()
        if way != "pca"
        for i, axis in enumerate(AXES[:n_dimensions])
    }
    write_columns(folder / "map.parquet", own.columns() | columns)
    leave(folder, "map", record)
    rewrite_report(folder, preparing)
    return record


def _shown(own: Own, ways: Mapping[str, Floats], seed: int) -> dict[str, Any]:
    """Labels and places of some items, for the report."""
    some = drawn(len(own.codes), SHOWN, seed)
    return {
        "labels": None if own.labels is None else own.labels[some].tolist(),
        "places": {way: np.round(of[some].astype(float), 4).tolist() for way, of in ways.items()},
    }


def _plane(fitted: Floats, codes: Floats, n_dimensions: int) -> Floats:
    """Codes along the directions in which those fitted vary most."""
    n, k = fitted.shape
    wide = fitted.astype(np.float64)
    principal = fit_principal(lambda: iter([wide]), n, k, min(n_dimensions, k))
    return _padded(np.asarray(principal.transform(codes)), n_dimensions)


def _padded(places: Floats, n_dimensions: int) -> Floats:
    """Places of codes that have fewer numbers than the map."""
    return np.pad(places, ((0, 0), (0, n_dimensions - places.shape[1])))


def _figures(own: Own, test: NDArray[np.bool_], places: Floats) -> dict[str, Any]:
    figures = asdict(map_figures(own.codes[~test], places[~test]))
    told = None
    if own.labels is not None:
        told = told_by_neighbours(places[~test], own.labels[~test], places[test], own.labels[test])
    return figures | {"told": told}
