"""New items of a run: drawn, blended, walked to, averaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadInput, unknown_name
from isthmus.runs.decoded import write_decoded
from isthmus.runs.folder import read_json
from isthmus.runs.uses import Own, with_codes
from isthmus.settings import Interval
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.generation import CodeDensity, along_the_data, straight, varied

__all__ = ["average_run", "blend_run", "generate_run", "walk_run"]

Floats = NDArray[np.floating]

# A way along the data goes through as many items at most.
MOST_ON_THE_WAY = 2**14


def generate_run(
    run: Path,
    out: Path | str,
    n: int,
    *,
    label: str | None = None,
    seed: int = 0,
    force: bool = False,
) -> None:
    """Write ``n`` new items, drawn from the density of a run's codes, or of those of a label."""
    Interval(int, 1).check("generate", "n", n)
    folder, ae = with_codes(run)
    own = Own.of(folder)
    codes = own.codes if label is None else own.codes[_labelled(own, label)]
    if len(codes) < 2:
        raise BadInput(f"{len(codes)} item is labelled {label!r}; at least 2 are needed.")
    new = CodeDensity(seed).fit(codes).sample(n)
    _write(folder, ae, out, new, force=force)


def blend_run(
    run: Path,
    out: Path | str,
    first: str,
    last: str,
    *,
    steps: int = 9,
    by_line: bool = False,
    force: bool = False,
) -> None:
    """Write the items on the way between two, along the data or on the straight line of codes."""
    Interval(int, 2).check("blend", "steps", steps)
    folder, ae = with_codes(run)
    own = Own.of(folder)
    ends = [_place(own, name) for name in (first, last)]
    if by_line:
        way = straight(own.codes[ends[0]], own.codes[ends[1]], steps)
    else:
        # The ends first, so that they are among those that are drawn.
        others = np.setdiff1d(np.arange(len(own.codes)), ends)
        order = np.random.default_rng(0).permutation(others)[:MOST_ON_THE_WAY]
        chosen = np.r_[ends, np.sort(order)]
        way = along_the_data(NeighbourGraph.of(own.codes[chosen]), 0, 1, steps)
    _write(folder, ae, out, way, force=force)


def walk_run(
    run: Path,
    out: Path | str,
    number: int,
    *,
    item: str | None = None,
    steps: int = 9,
    force: bool = False,
) -> None:
    """Write what becomes of an item, or of the mean code, when one number of its code moves."""
    Interval(int, 2).check("walk", "steps", steps)
    folder, ae = with_codes(run)
    Interval(int, 0, ae.n_components_ - 1).check("walk", "number", number)
    own = Own.of(folder)
    start = own.codes.mean(0) if item is None else own.codes[_place(own, item)]
    _write(folder, ae, out, varied(own.codes, start, number, steps), force=force)


def average_run(run: Path, out: Path | str, *, force: bool = False) -> int:
    """Write what the mean code of each label decodes to, named by the label; how many there are."""
    folder, ae = with_codes(run)
    own = Own.of(folder)
    names = _labels(own)
    means = [own.codes[_labelled(own, name)].mean(0) for name in names]
    _write(folder, ae, out, np.stack(means), names, force=force)
    return len(names)


def _write(
    folder: Path,
    ae: Autoencoder,
    out: Path | str,
    codes: Floats,
    names: list[str] | None = None,
    *,
    force: bool,
) -> None:
    width = len(str(len(codes) - 1))
    ids = np.array(names or [f"{i:0{width}}" for i in range(len(codes))])
    fit = read_json(folder / "fit.json")
    write_decoded(out, ae, ids, codes.astype(np.float32), fit, force=force)


def _labels(own: Own) -> list[str]:
    if own.labels is None:
        raise BadInput("the run's items have no labels.")
    return [name for name in np.unique(own.labels).tolist() if name]


def _labelled(own: Own, label: str) -> NDArray[np.bool_]:
    names = _labels(own)
    if label not in names:
        raise unknown_name("label", label, names)
    return np.asarray(own.labels == label)


def _place(own: Own, name: str) -> int:
    places = np.flatnonzero(own.ids == name)
    if not len(places):
        few = ", ".join(own.ids[:3].tolist())
        raise BadInput(f"no item {name!r} in the run; its ids are like {few}.")
    return int(places[0])
