"""A map of the items of a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import Chunks
from isthmus.errors import BadInput
from isthmus.files import replacing_folder
from isthmus.principal import fit_principal
from isthmus.runs.folder import write_json
from isthmus.runs.uses import Own, with_codes, write_columns
from isthmus.training import Watcher
from isthmus.uses.maps import map_figures, told_by_neighbours

__all__ = ["AXES", "map_run"]

Floats = NDArray[np.floating]

#: Columns of places.
AXES = ("x", "y", "z")
FEWEST = 10


def map_run(
    run: Path,
    n_dimensions: int = 2,
    *,
    epochs: int | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Fit a map to the codes of a run and leave it there.

    It is an autoencoder of codes (preset ``map``): it places new codes, and decodes any place to a
    code. It is fitted to the codes of the run's training items.

    Parameters
    ----------
    run : Path
        ``RUN/map/model`` gets the model, ``RUN/map.parquet`` the places of all items (columns id,
        split, x, y and z), ``RUN/map.json`` what is returned.
    n_dimensions : int
        2 or 3.
    epochs : int or None
        Passes over the codes; None takes the preset's.
    seed : int
    watcher : Watcher or None

    Returns
    -------
    dict
        ``n_dimensions``, ``n_items``, ``seconds``, ``error`` (the share of the codes' variance that
        the map loses on test items), and under ``map`` and ``pca`` the `MapFigures` on training
        items and ``told``: how many test items' labels five neighbours tell.
    """
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
    plane = _plane(fitted, own.codes, n_dimensions)
    asked = own.codes[test] if test.any() else fitted
    lost = np.square(ae.reconstruct(asked) - asked).sum() / np.square(asked - fitted.mean(0)).sum()
    record = {
        "n_dimensions": n_dimensions,
        "n_items": len(test),
        "seconds": ae.seconds_,
        "error": float(lost),
        "map": _figures(own, test, places),
        "pca": _figures(own, test, plane),
    }
    with replacing_folder(folder / "map") as new:
        ae.save(new / "model")
    columns = {axis: pa.array(places[:, i]) for i, axis in enumerate(AXES[:n_dimensions])}
    write_columns(folder / "map.parquet", own.columns() | columns)
    write_json(folder / "map.json", record)
    return record


def _plane(fitted: Floats, codes: Floats, n_dimensions: int) -> Floats:
    """Codes along the directions in which those fitted vary most."""
    n, k = fitted.shape
    wide = fitted.astype(np.float64)
    principal = fit_principal(lambda: iter([wide]), n, k, min(n_dimensions, k))
    return np.asarray(principal.transform(codes))


def _figures(own: Own, test: NDArray[np.bool_], places: Floats) -> dict[str, Any]:
    figures = asdict(map_figures(own.codes[~test], places[~test]))
    told = None
    if own.labels is not None:
        told = told_by_neighbours(places[~test], own.labels[~test], places[test], own.labels[test])
    return figures | {"told": told}
