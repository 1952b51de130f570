"""Which form the files of a lake have, and how a run reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from isthmus.autoencoder import Autoencoder
from isthmus.data.frames import CSV_SUFFIXES
from isthmus.data.image_plan import Images
from isthmus.data.images import image_suffixes
from isthmus.data.sounds import SOUND_SUFFIXES, Sounds
from isthmus.errors import BadInput
from isthmus.lake.forms import Arrays, CsvRows, Files, Form, ParquetRows, Rows
from isthmus.lake.listing import Listing
from isthmus.runs.items import learnt_of
from isthmus.runs.request import Request

__all__ = ["form_of"]


@dataclass(frozen=True)
class _Fitted:
    """What a run says of how its items are read."""

    ae: Autoencoder
    request: Request
    learnt: Mapping[str, Any]


def _rows(of: type[Rows]) -> Callable[[_Fitted], Form]:
    def make(fitted: _Fitted) -> Form:
        table = fitted.learnt.get("table")
        if table is None:
            raise BadInput(
                "the run was not fitted to a table, so columns of tables mean nothing to it; give "
                "files of the form that it was fitted to."
            )
        return of(table)  # type: ignore[return-value]

    return make


def _arrays(fitted: _Fitted) -> Form:
    return Arrays()


def _pictures(fitted: _Fitted) -> Form:
    request, shape = fitted.request, fitted.ae.item_shape_
    cut = request.own_resolution if request.cut is None else request.cut
    height, width = (*shape, 1)[:2]
    return Files(Images((height, width), cut), shape, bool(request.strict))


def _sounds(fitted: _Fitted) -> Form:
    kind = Sounds(spectrum=fitted.learnt.get("spectrum"))
    return Files(kind, fitted.ae.item_shape_, bool(fitted.request.strict))


def _forms() -> dict[tuple[str, ...], Callable[[_Fitted], Form]]:
    """How a form is made, by the suffixes of its files."""
    return {
        (".parquet",): _rows(ParquetRows),
        CSV_SUFFIXES: _rows(CsvRows),
        (".npy",): _arrays,
        tuple(sorted(image_suffixes())): _pictures,
        tuple(sorted(SOUND_SUFFIXES)): _sounds,
    }


def form_of(listing: Listing, fit: Mapping[str, Any], ae: Autoencoder) -> tuple[Form, Listing]:
    """The form of the files for a run, and those of them that have it.

    Raises
    ------
    BadInput
        If they are of no form or of several, or the run needs more than files.
    """
    fitted = _Fitted(ae, Request.from_dict(fit["request"]), learnt_of(fit))
    if fitted.request.recommends or "parts" in fitted.learnt:
        raise BadInput(
            "the run's items are pictures with numbers beside them, or users with what they have, "
            "and do not lie in files one by one; encode them without a pattern and --engine."
        )
    found = {
        suffixes: [file for file in listing.files if file.path.lower().endswith(suffixes)]
        for suffixes in _forms()
    }
    found = {suffixes: files for suffixes, files in found.items() if files}
    if not found:
        known = " ".join(suffix for suffixes in _forms() for suffix in suffixes)
        raise BadInput(f"{listing.files[0].path} is of no form that is read: {known}.")
    if len(found) > 1:
        first, second, *_ = (files[0].path for files in found.values())
        raise BadInput(
            f"here are files of two forms, such as {first} and {second}; name those of one by a "
            "pattern, such as '**/*.parquet'."
        )
    ((suffixes, files),) = found.items()
    return _forms()[suffixes](fitted), replace(listing, files=tuple(files))
