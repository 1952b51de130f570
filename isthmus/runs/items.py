"""Opening data for a run: the split at fitting, the same encoding ever after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset, Spectrum, TableEncoding, UserItems, open_data, settings_of
from isthmus.data.checks import check_finite, constant_columns
from isthmus.data.rows import held_out_split
from isthmus.errors import BadInput
from isthmus.runs.request import Request

__all__ = ["LEARNT", "Fitting", "Preparing", "fitting_items", "later_items"]

TEST_SHARE = 0.1
SMALLEST = 3
#: What later data of a run are opened by, so that they become the same: fields of `Dataset` and
#: settings of `open_data`, kept in ``fit.json``.
LEARNT: dict[str, Any] = {"table": TableEncoding, "user_items": UserItems, "spectrum": Spectrum}
#: Told of the preparation of data: what, how many done, of how many.
Preparing = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fitting:
    """The data of a fit.

    Attributes
    ----------
    data : Dataset
        Everything that came, in the user's order.
    kept : ndarray of int or None
        Which items of ``data`` are fitted; None fits all.
    test : Dataset
        Items the fit never sees.
    constant : ndarray of int
        Values of an item that never change, as flat indices.
    """

    data: Dataset
    kept: NDArray[np.intp] | None
    test: Dataset
    constant: NDArray[np.intp]

    @property
    def n_train(self) -> int:
        return len(self.data) if self.kept is None else len(self.kept)

    def splits(self) -> Iterator[tuple[Dataset, NDArray[np.str_]]]:
        """Every item once, in the user's order, with the name of its split."""
        split = np.full(len(self.data), "train")
        if self.kept is not None:
            split[:] = "test"
            split[self.kept] = "train"
        yield self.data, split
        if self.kept is None:
            yield self.test, np.full(len(self.test), "test")


def fitting_items(request: Request, progress: Preparing | None) -> Fitting:
    """The items to fit and the items to test.

    The test items are those of ``--test``, or the official split, or a tenth held out.
    """
    data = open_data(request.data, **_options(request), progress=progress)
    check_finite(data.items, data.columns, gaps=request.restores)
    constant = constant_columns(data.items)
    if len(data) > 1 and len(constant) == prod(data.items.shape[1:]):
        raise BadInput(
            f"all {len(data)} items of {request.data} are the same: there is nothing to learn."
        )
    if request.test is not None:
        shape = data.items.shape[1:]
        learnt = {name: getattr(data, name) for name in LEARNT}
        test = _open_like(shape, learnt, request, request.test, progress)
        return Fitting(data, None, test, constant)
    if data.test is not None:
        return Fitting(data, None, data.test, constant)
    if len(data) < SMALLEST:
        raise BadInput(
            f"{request.data} holds {len(data)} item(s), and n_samples={len(data)} is too few; at "
            f"least {SMALLEST} are needed: two to fit and one to test."
        )
    kept, held_out = _held_out(data, request.seed or 0)
    return Fitting(data, kept, data.subset(held_out), constant)


def _held_out(data: Dataset, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Items to fit and to test; the pieces of one picture stay together."""
    if data.pictures is None:
        return held_out_split(len(data), TEST_SHARE, seed)
    pictures = np.unique(data.pictures)
    if len(pictures) < SMALLEST:
        return held_out_split(len(data), TEST_SHARE, seed)
    chosen = pictures[held_out_split(len(pictures), TEST_SHARE, seed)[1]]
    held_out = np.isin(data.pictures, chosen)
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def later_items(
    source: str, fit: dict[str, Any], ae: Autoencoder, progress: Preparing | None
) -> Dataset:
    """Items for a model that is fitted already, opened as its own were.

    Parameters
    ----------
    source : str
        A path or built-in name.
    fit : dict
        What ``fit.json`` holds.
    ae : Autoencoder
    """
    request = Request.from_dict(fit["request"])
    learnt = {
        name: kind.from_dict(fit[name])
        for name, kind in LEARNT.items()
        if fit.get(name) is not None
    }
    return _open_like(ae.item_shape_, learnt, request, source, progress)


def _options(request: Request) -> dict[str, Any]:
    """The settings of `open_data` in a request."""
    return {
        "size": request.size,
        "cut": _cut(request, request.data),
        "strict": bool(request.strict),
        "label": request.label,
        "id": request.id,
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
    progress: Preparing | None,
) -> Dataset:
    """More data, opened to fit items that were opened before."""
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
    return _matching(data, item_shape)


def _matching(data: Dataset, item_shape: tuple[int, ...]) -> Dataset:
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
