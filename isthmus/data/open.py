"""`open_data`: whatever a user has -> a data set."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isthmus.addresses import local_path
from isthmus.data.arrays import open_npy, open_npz
from isthmus.data.beside import open_numbers, with_numbers
from isthmus.data.builtin import BUILTIN_SETS, BuiltinSet, open_builtin
from isthmus.data.dataset import Dataset, Progress
from isthmus.data.fetched import fetched
from isthmus.data.folder import IMAGE_SETTINGS, open_image_folder, open_image_zip
from isthmus.data.frames import (
    CSV_SUFFIXES,
    TABLE_SETTINGS,
    is_parquet_folder,
    open_csv,
)
from isthmus.data.heights import HEIGHT_SETTINGS, open_heights
from isthmus.data.idx import is_idx_file, is_idx_folder, open_idx_file, open_idx_folder
from isthmus.data.interactions import INTERACTION_SETTINGS, open_interactions
from isthmus.data.many_rows import MANY_ROWS_SETTINGS, open_parquet
from isthmus.data.sounds import SOUND_SETTINGS, is_sound_folder, open_sound_folder
from isthmus.data.spectra import Spectrum
from isthmus.data.table import TableEncoding
from isthmus.data.user_items import UserItems
from isthmus.errors import BadInput, BadSetting, IsthmusError, NoData

__all__ = ["builtin_sets", "open_data", "settings_of"]


@dataclass(frozen=True)
class _Form:
    """A form of data: how it is called, known and opened, and which settings it takes."""

    name: str
    matches: Callable[[Path], bool]
    open: Callable[..., Dataset]
    settings: frozenset[str] = frozenset()


def _named(*suffixes: str) -> Callable[[Path], bool]:
    return lambda path: path.is_file() and path.name.lower().endswith(suffixes)


# The first form that matches is the one; any other folder is one of images.
_FORMS = (
    _Form("a folder of IDX files", is_idx_folder, open_idx_folder),
    _Form("a folder of .parquet files", is_parquet_folder, open_parquet, MANY_ROWS_SETTINGS),
    _Form("a folder of sounds", is_sound_folder, open_sound_folder, SOUND_SETTINGS),
    _Form("a folder of images", Path.is_dir, open_image_folder, IMAGE_SETTINGS),
    _Form("a .zip of images", _named(".zip"), open_image_zip, IMAGE_SETTINGS),
    _Form("an .npy file", _named(".npy"), open_npy),
    _Form("an .npz file", _named(".npz"), open_npz),
    _Form("a .csv or .tsv file", _named(*CSV_SUFFIXES), open_csv, TABLE_SETTINGS),
    _Form("a .parquet file", _named(".parquet"), open_parquet, MANY_ROWS_SETTINGS),
    _Form("an IDX file", is_idx_file, open_idx_file),
)

# Asked for by name: a map and a picture look alike from outside, and so do two tables.
_ASKED = {
    "heights": _Form("a folder of elevation maps", Path.exists, open_heights, HEIGHT_SETTINGS),
    "interactions": _Form(
        "a .csv, .tsv or .parquet file of users and their items",
        _named(*CSV_SUFFIXES, ".parquet"),
        open_interactions,
        INTERACTION_SETTINGS,
    ),
}


def open_data(
    source: str | Path,
    *,
    size: tuple[int, int] | None = None,
    cut: bool = False,
    strict: bool = False,
    label: str | None = None,
    id: str | None = None,
    table: TableEncoding | None = None,
    form: str | None = None,
    hidden: float | None = None,
    seconds: float | None = None,
    spectrum: Spectrum | None = None,
    user: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    user_items: UserItems | None = None,
    beside: str | Path | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open anything a user has: a path, or the name of a built-in set.

    Parameters
    ----------
    source : a folder of images or of sounds (subfolders are labels, ``train`` and ``test`` the
        official split), a .zip of images, .npy, .npz, .csv, .tsv, .parquet, IDX files or a folder
        of them; or a name from `builtin_sets`. A name goes before a folder called the same: write
        ``./digits``. Of an address, such as ``s3://bucket/rows.parquet``, a copy is kept in the
        cache (`isthmus.data.fetched`).
    size : images only: (height, width) in pixels that all are resized to. By default the
        commonest size, shrunk so that its longer side is at most 128.
    cut : images only: whether they are cut into pieces of that size, at their own resolution, and
        not resized; by default squares of 128 pixels, or what fits into the commonest image.
    strict : images only: whether an unreadable file is an error, not an entry of
        ``Dataset.skipped``.
    label, id : tables only: the columns with the labels and the ids. By default one named label,
        class or target, and one named id or name.
    table : tables only: the encoding of an earlier table, so that this one gets the same columns.
    form : what files hold, where that cannot be seen from outside. "heights" are elevation maps,
        read in their own unit: GeoTIFF, .npy, or an .npz of maps (`isthmus.data.heights`);
        "interactions" are tables with a line for each item that a user has.
    hidden : elevation maps only: a height that means no data.
    seconds : sounds only: what a picture is of; by default as long as 95 % of them, at most 4.
    spectrum : sounds only: how earlier ones became pictures, so that these become the same.
    user, item, rating : interactions only: the columns with the users, their items, and what they
        gave to them. By default one of a usual name.
    user_items : interactions only: how an earlier table became a matrix, so that this one gets the
        same columns.
    beside : images only: a .csv, .tsv or .parquet file with numbers and categories of each image;
        `label`, `id` and `table` are then of it. Rows are joined to images by their names, see
        `isthmus.data.beside.with_numbers`.
    progress : called as ``progress("preparing images", done, total)`` while images are prepared.

    Raises
    ------
    NoData
        If there is no such path or built-in set, or it may not be read.
    BadInput
        If the data cannot be used as they are.
    BadSetting
        If a setting is out of range or does not go with this form of data.
    BadFile
        If a file is damaged.
    CannotWrite
        If prepared images cannot be written to the cache.
    MissingExtra
        If a built-in set needs a library that is not installed.

    Examples
    --------
    >>> digits = open_data("digits")
    >>> digits
    <Dataset digits: images (1797, 8, 8) uint8, 10 labels>
    """
    if size is not None:
        _check_size(size)
    if beside is not None:
        numbers = open_numbers(fetched(beside, progress), id=id, label=label, table=table)
        id = label = table = None
    asked = {
        "size": size,
        "cut": cut or None,
        "strict": strict or None,
        "label": label,
        "id": id,
        "table": table,
        "hidden": hidden,
        "seconds": seconds,
        "spectrum": spectrum,
        "user": user,
        "item": item,
        "rating": rating,
        "user_items": user_items,
        "progress": progress,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    data = _opened(source, given, form)
    return data if beside is None else with_numbers(data, numbers)


def _opened(source: str | Path, given: dict[str, Any], form: str | None) -> Dataset:
    """A source opened with the settings that were given."""
    builtin = _builtin(source, form)
    if builtin is not None:
        fitting = _fitting(f"built-in set {source!r}", given, builtin.settings)
        return open_builtin(builtin.name, **fitting)
    path = fetched(source, given.get("progress"))
    try:
        chosen = _form_of(path, str(source), form)
        data = chosen.open(path, **_fitting(f"{path}, {chosen.name},", given, chosen.settings))
        return _named_by(source, path, data)
    except IsthmusError:
        raise
    except OSError as error:
        raise NoData(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}. "
            f"Check its permissions and its disk."
        ) from error


def _named_by(source: str | Path, path: Path, data: Dataset) -> Dataset:
    """The data of a copy, said to be of the address that it was fetched from."""
    if local_path(source) is not None:
        return data
    told = data.source.replace(str(path), str(source))
    test = None if data.test is None else replace(data.test, source=told)
    return replace(data, source=told, test=test)


def builtin_sets() -> list[BuiltinSet]:
    """The built-in sets: each has a ``name``, ``summary``, ``shape`` of an item and ``found``,
    where it lies on this machine, or None."""
    return list(BUILTIN_SETS.values())


def settings_of(source: str | Path, form: str | None = None) -> frozenset[str]:
    """The settings of `open_data` that a source takes; raises `NoData` if there is none."""
    builtin = _builtin(source, form)
    if builtin is not None:
        return builtin.settings
    return _form_of(fetched(source), str(source), form).settings


def _builtin(source: str | Path, form: str | None) -> BuiltinSet | None:
    """The built-in set of this name; raises `BadSetting` where it is not of the form asked for."""
    if not isinstance(source, str) or source not in BUILTIN_SETS or form == "heights":
        return None
    found = BUILTIN_SETS[source]
    if form != found.form:
        users_by_items = "a table of users and their items"
        raise BadSetting(
            f"built-in set {source!r} is {users_by_items}; fit it with the preset 'recommend'."
            if found.form
            else f"built-in set {source!r} is not {users_by_items}, as 'recommend' needs."
        )
    return found


def _form_of(path: Path, source: str, asked: str | None) -> _Form:
    if not path.exists():
        near = difflib.get_close_matches(source, BUILTIN_SETS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise NoData(
            f"there is no file, folder or built-in set {source!r}.{hint} Give {_accepted()}; "
            f"or a built-in set: {', '.join(BUILTIN_SETS)}."
        )
    forms = _FORMS if asked is None else (_ASKED[asked],)
    for form in forms:
        if form.matches(path):
            return form
    if path.name.lower().endswith((".tar", ".tar.gz", ".tgz", ".7z", ".rar")):
        raise BadInput(f"{path} is an archive; unpack it and give the folder.")
    raise BadInput(f"{path} is of no form that is read; expected {_accepted(forms)}.")


def _accepted(forms: Sequence[_Form] = _FORMS) -> str:
    return ", ".join(form.name for form in forms)


def _fitting(what: str, given: dict[str, Any], takes: frozenset[str]) -> dict[str, Any]:
    """The settings that this form of data takes; one that it does not take is an error."""
    for name in given.keys() - takes - {"progress"}:  # only images take long enough to report
        others = ", ".join(sorted(takes - {"progress"})) or "no settings"
        raise BadSetting(f"{what} does not take {name!r}; it takes {others}.")
    return {name: value for name, value in given.items() if name in takes}


def _check_size(size: tuple[int, int]) -> None:
    if len(size) != 2 or not all(isinstance(side, int) and 1 <= side <= 4096 for side in size):
        raise BadSetting(f"size is {size!r}; expected (height, width), each from 1 to 4096 pixels.")
