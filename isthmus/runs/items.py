"""Opening data for a run: the split at fitting, the same encoding ever after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data import (
    Dataset,
    Parts,
    Spectrum,
    TableEncoding,
    UserItems,
    open_data,
    settings_of,
)
from isthmus.data.beside import numbers_alone, open_numbers, pictures_alone, with_numbers
from isthmus.data.checks import check_finite, constant_columns
from isthmus.data.fetched import fetched
from isthmus.data.indices import AllBut
from isthmus.data.rows import held_out
from isthmus.errors import BadInput, BadSetting
from isthmus.runs.codes_file import Splits
from isthmus.runs.folder import read_json
from isthmus.runs.request import Request

__all__ = [
    "LEARNT",
    "Fitting",
    "Preparing",
    "fitted_items",
    "fitting_items",
    "later_items",
    "learnt_of",
    "matching",
]

TEST_SHARE = 0.1
SMALLEST = 3
#: What later data of a run are opened by, so that they become the same: fields of `Dataset` and
#: settings of `open_data`, kept in ``fit.json``.
LEARNT: dict[str, Any] = {
    "table": TableEncoding,
    "user_items": UserItems,
    "spectrum": Spectrum,
    "parts": Parts,
}
#: Told of the preparation of data: what, how many done, of how many.
Preparing = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fitting:
    """The data of a fit.

    Attributes
    ----------
    data : Dataset
        Everything that came, in the user's order.
    kept : AllBut or None
        Which items of ``data`` are fitted; None fits all.
    test : Dataset
        Items the fit never sees.
    constant : ndarray of int
        Values of an item that never change, as flat indices.
    """

    data: Dataset
    kept: AllBut | None
    test: Dataset
    constant: NDArray[np.intp]

    @property
    def n_train(self) -> int:
        return len(self.data) if self.kept is None else len(self.kept)

    def splits(self) -> Iterator[tuple[Dataset, Splits]]:
        """Every item once, in the user's order, with the name of its split."""
        tested = np.zeros(len(self.data), bool)
        if self.kept is not None:
            tested[self.kept.left_out] = True
        yield self.data, Splits(tested)
        if self.kept is None:
            yield self.test, Splits(np.ones(len(self.test), bool))


def fitting_items(request: Request, progress: Preparing | None) -> Fitting:
    """The items to fit and the items to test.

    The test items are those of ``--test``, or the official split, or a tenth held out.
    """
    data = open_data(request.data, **_options(request), progress=progress)
    gaps = request.restores or data.parts is not None
    check_finite(data.items, None if data.parts else data.columns, gaps=gaps)
    constant = constant_columns(data.items)
    if len(data) > 1 and len(constant) == prod(data.items.shape[1:]):
        raise BadInput(
            f"all {len(data)} items of {request.data} are the same: there is nothing to learn."
        )
    if request.test is not None:
        # The table may be of both: rows of pictures that are only tested must not be learnt from.
        data = _with_pictures(data)
        shape = data.items.shape[1:]
        learnt = {name: getattr(data, name) for name in LEARNT}
        test = _open_like(shape, learnt, request, request.test, request.table, progress)
        return Fitting(data, None, _with_pictures(test), constant)
    if data.test is not None:
        return Fitting(data, None, data.test, constant)
    if len(data) < SMALLEST:
        raise BadInput(
            f"{request.data} holds {len(data)} item(s), and n_samples={len(data)} is too few; at "
            f"least {SMALLEST} are needed: two to fit and one to test."
        )
    held = _held_out(data, request.seed or 0)
    return Fitting(data, AllBut(len(data), held), data.subset(held), constant)


def fitted_items(folder: Path, progress: Preparing | None) -> Fitting:
    """The items of a finished run, opened again.

    Raises
    ------
    BadInput
        If there are not as many as were fitted and tested: the data have changed since, and items
        that were fitted could be taken for new ones.
    """
    request = Request.from_dict(read_json(folder / "fit.json")["request"])
    fitting, counted = fitting_items(request, progress), read_json(folder / "metrics.json")
    now, then = fitting.n_train + len(fitting.test), counted["n_train"] + counted["n_test"]
    if now != then:
        raise BadInput(
            f"{request.data} has {now} items now, and {folder} was fitted to and tested on {then}; "
            "fit anew, or put back what was there."
        )
    return fitting


def _with_pictures(data: Dataset) -> Dataset:
    """Items without those that are numbers alone."""
    if data.parts is None:
        return data
    return data.subset(~np.isnan(data.items[:, 0]))


def _held_out(data: Dataset, seed: int) -> NDArray[np.intp]:
    """Items to test; the pieces of one picture stay together."""
    if data.pictures is None or len(pictures := np.unique(data.pictures)) < SMALLEST:
        return held_out(len(data), TEST_SHARE, seed)
    chosen = pictures[held_out(len(pictures), TEST_SHARE, seed)]
    return np.flatnonzero(np.isin(data.pictures, chosen))


def later_items(
    source: str,
    fit: dict[str, Any],
    ae: Autoencoder,
    progress: Preparing | None,
    table: str | None = None,
) -> Dataset:
    """Items for a model that is fitted already, opened as its own were.

    Parameters
    ----------
    source : str
        A path or built-in name.
    fit : dict
        What ``fit.json`` holds.
    ae : Autoencoder
    table : str or None
        What lies beside pictures, where the run was fitted to both.
    """
    request = Request.from_dict(fit["request"])
    return _open_like(ae.item_shape_, learnt_of(fit), request, source, table, progress)


def learnt_of(fit: Mapping[str, Any]) -> dict[str, Any]:
    """What ``fit.json`` says that later data are to be opened by."""
    return {
        name: kind.from_dict(fit[name])
        for name, kind in LEARNT.items()
        if fit.get(name) is not None
    }


def _options(request: Request) -> dict[str, Any]:
    """The settings of `open_data` in a request."""
    return {
        "size": request.size,
        "cut": _cut(request, request.data),
        "strict": bool(request.strict),
        "label": request.label,
        "id": request.id,
        "beside": request.table,
        "form": request.form,
        "hidden": request.hidden,
        "seconds": request.seconds,
        "user": request.user,
        "item": request.item,
        "rating": request.rating,
    }


def _cut(request: Request, source: str) -> bool:
    """Whether pictures of a source are cut into pieces."""
    if request.cut is not None:
        return request.cut
    return request.own_resolution and "cut" in settings_of(source, request.form)


def _open_like(
    item_shape: tuple[int, ...],
    learnt: Mapping[str, Any],
    request: Request,
    source: str,
    beside: str | None,
    progress: Preparing | None,
) -> Dataset:
    """More data, opened to fit items that were opened before."""
    parts: Parts | None = learnt.get("parts")
    if parts is not None:
        return _open_parts(parts, learnt["table"], request, source, beside, progress)
    if beside is not None:
        raise BadSetting(
            f"--table {beside} lies beside pictures, and the run was not fitted to both; leave it "
            "out, or fit pictures with a table."
        )
    takes = settings_of(source, request.form)
    options: dict[str, Any] = {
        "strict": bool(request.strict),
        "hidden": request.hidden,
        **{name: value for name, value in learnt.items() if value is not None},
    }
    if len(item_shape) > 1:
        options["size"] = item_shape[:2]
        options["cut"] = _cut(request, source)
    options = {name: value for name, value in options.items() if name in takes}
    data = open_data(source, form=request.form, **options, progress=progress)
    return matching(data, item_shape)


def _open_parts(
    parts: Parts,
    table: TableEncoding,
    request: Request,
    source: str,
    beside: str | None,
    progress: Preparing | None,
) -> Dataset:
    """More pictures with numbers, or one of the two alone."""
    takes = settings_of(source, request.form)
    if "table" in takes:
        data = open_data(source, table=table, progress=progress)
        return numbers_alone(data, parts)
    options: dict[str, Any] = {"size": parts.picture[:2], "strict": bool(request.strict)}
    options = {name: value for name, value in options.items() if name in takes}
    pictures = matching(open_data(source, **options, progress=progress), parts.picture)
    if beside is None:
        return pictures_alone(pictures, parts, table)
    return with_numbers(pictures, open_numbers(fetched(beside), table=table))


def matching(data: Dataset, item_shape: tuple[int, ...]) -> Dataset:
    """Grey pictures given to a colour model become colour; anything else must fit as it is."""
    shape = data.items.shape[1:]
    if shape == item_shape:
        return data
    if len(shape) == 2 and item_shape == (*shape, 3):
        colour: NDArray[Any] = np.repeat(data.items[..., None], 3, axis=-1)
        return replace(data, items=colour)
    raise BadInput(
        f"{data.name} has items of shape {shape}; expected {item_shape}, as the run was fitted to."
    )
