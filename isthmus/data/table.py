"""How the columns of a table become numbers, and how a second table becomes the same ones.

==================  ===================================================================
a column of         becomes
==================  ===================================================================
numbers             itself
true and false      1 and 0
text, categories    one column of 0 and 1 for each level, named "colour=red"
==================  ===================================================================

A missing cell is NaN in every column it becomes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from isthmus.errors import BadFile, BadInput

__all__ = ["TableColumn", "TableEncoding", "column_text", "learnt_column"]

_MOST_LEVELS = 50
HALF = 0.5


@dataclass(frozen=True)
class TableColumn:
    """One column: numbers if `levels` is None, else text with these levels."""

    name: str
    levels: tuple[str, ...] | None = None

    @property
    def encoded(self) -> tuple[str, ...]:
        """The names of the columns it becomes."""
        if self.levels is None:
            return (self.name,)
        return tuple(f"{self.name}={level}" for level in self.levels)


@dataclass(frozen=True)
class TableEncoding:
    """What each column of a table becomes, in order.

    Parameters
    ----------
    columns : the columns that become numbers.
    label, id : the columns that were taken out as labels and ids, or None.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"size": [1.5, 2.0], "colour": ["red", "blue"]})
    >>> TableEncoding.learn(frame).apply(frame)
    (array([[1.5, 0. , 1. ],
           [2. , 1. , 0. ]]), ('size', 'colour=blue', 'colour=red'))
    """

    columns: tuple[TableColumn, ...]
    label: str | None = None
    id: str | None = None

    @property
    def encoded(self) -> tuple[str, ...]:
        """The names of the columns that all become."""
        return tuple(name for column in self.columns for name in column.encoded)

    @classmethod
    def learn(
        cls, frame: pd.DataFrame, *, label: str | None = None, id: str | None = None
    ) -> TableEncoding:
        """Choose what every column but `label` and `id` becomes.

        Raises
        ------
        BadInput
            If a column has more than 50 levels or holds neither numbers nor text, or none is left.
        """
        names = [str(name) for name in frame.columns if name not in (label, id)]
        if not names:
            raise BadInput("the table has no column but the label and the id; nothing is left.")
        return cls(tuple(_learn_column(name, frame[name]) for name in names), label, id)

    def apply(
        self, frame: pd.DataFrame, precision: type[np.floating[Any]] = np.float64
    ) -> tuple[NDArray[np.floating[Any]], tuple[str, ...]]:
        """Turn a table into numbers. Columns this encoding does not know are passed over.

        Returns
        -------
        array of the precision, shape (n, p), and the p names of its columns.

        Raises
        ------
        BadInput
            If a column is missing, or holds text where numbers were, or a level not seen before.
        """
        missing = [column.name for column in self.columns if column.name not in frame.columns]
        if missing:
            raise BadInput(
                f"the table lacks {_listed('column', missing)}; "
                f"it needs the columns of the first one."
            )
        rows = np.empty((len(frame), len(self.encoded)), precision)
        kinds = dict(zip(frame.columns, frame.dtypes, strict=True))
        # Numbers as NumPy has them go all at once: of wide rows, a column at a time is slow.
        at_once: dict[str, int] = {}
        end = 0
        for column in self.columns:
            begin, end = end, end + len(column.encoded)
            if column.levels is None and _is_plain(kinds[column.name]):
                at_once[column.name] = begin
            else:
                rows[:, begin:end] = _encode(column, frame[column.name])
        everywhere = len(at_once) == rows.shape[1]
        places = slice(None) if everywhere else list(at_once.values())
        rows[:, places] = frame[list(at_once)].to_numpy(precision)
        return rows, self.encoded

    def fill(self, frame: pd.DataFrame, rows: NDArray[np.floating]) -> pd.DataFrame:
        """The table with its missing cells taken from rows of numbers, shape (n, p); a copy.

        A category gets its likeliest level, and a column of whole numbers whole numbers.
        """
        filled, first = frame.copy(), 0
        for column in self.columns:
            part = rows[:, first : (first := first + len(column.encoded))]
            missing = frame[column.name].isna().to_numpy()
            if missing.any():
                filled[column.name] = _filled(column, frame[column.name], part, missing)
        return filled

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` reads; it holds only what JSON does."""
        return asdict(self)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> TableEncoding:
        """The encoding that `to_dict` gave, also after a round trip through JSON.

        Raises
        ------
        BadFile
            If it is something else.
        """
        try:
            columns = tuple(
                TableColumn(
                    column["name"], None if column["levels"] is None else tuple(column["levels"])
                )
                for column in saved["columns"]
            )
            return cls(columns, saved["label"], saved["id"])
        except (KeyError, TypeError) as error:
            raise BadFile(
                "the saved table encoding is damaged; expected columns, label and id. "
                "Fit the model again."
            ) from error


def column_text(values: pd.Series[Any]) -> NDArray[np.str_]:
    """A column as text, shape (n,); a missing cell is ""."""
    # By way of objects: pandas' own conversion to NumPy's text cuts it to one character.
    text = values.astype(str).to_numpy(dtype=object).astype(np.str_)
    return np.where(values.notna(), text, "")


def _learn_column(name: str, values: pd.Series[Any]) -> TableColumn:
    if _is_numeric(values):
        return TableColumn(name)
    levels = _levels(name, values)
    if len(levels) > _MOST_LEVELS:
        raise BadInput(
            f"column {name!r} has {len(levels)} different texts, such as {levels[0]!r}; at most "
            f"{_MOST_LEVELS} become columns. Drop it, or make it the id or the label."
        )
    return TableColumn(name, tuple(levels))


def learnt_column(name: str, pieces: Iterable[pd.Series[Any]]) -> TableColumn:
    """What a column becomes that passes by in pieces; raises what `TableEncoding.learn` does."""
    levels: set[str] = set()
    for piece in pieces:
        levels.update(_learn_column(name, piece).levels or ())
    # As one piece, so that there may not be too many of them.
    return _learn_column(name, pd.Series(sorted(levels), dtype="str" if levels else "float64"))


def _is_numeric(values: pd.Series[Any]) -> bool:
    """Whether a column passes as numbers; one without any value does."""
    present = values.dropna()
    if present.empty:
        return True
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    # Arrow hands decimals, and booleans with gaps, over as objects.
    kind = pd.api.types.infer_dtype(present)
    return kind in {"boolean", "decimal"} or (
        types.is_numeric_dtype(values.dtype) and not types.is_complex_dtype(values.dtype)
    )


def _is_plain(kind: Any) -> bool:
    """Whether a column is numbers as NumPy has them: none of pandas's own types, no objects."""
    return isinstance(kind, np.dtype) and kind.kind in "biuf"


def _levels(name: str, values: pd.Series[Any]) -> list[str]:
    present = values.dropna()
    if not isinstance(values.dtype, pd.CategoricalDtype):
        kind = types.infer_dtype(present)
        if kind not in {"string", "categorical"}:
            raise BadInput(
                f"column {name!r} holds {kind} values; expected numbers, text or true and false. "
                f"Drop it, turn it into numbers, or make it the id or the label."
            )
    return sorted(present.astype(str).unique())


def _encode(column: TableColumn, values: pd.Series[Any]) -> NDArray[np.float64]:
    """One column as numbers, shape (n, 1) or (n, number of levels)."""
    if column.levels is None:
        if not _is_numeric(values):
            raise BadInput(
                f"column {column.name!r} holds text such as {str(values.dropna().iloc[0])!r}; "
                f"the first table had numbers there."
            )
        return values.to_numpy(dtype=np.float64, na_value=np.nan)[:, None]
    present = values.notna().to_numpy()
    text = column_text(values)
    unknown = sorted(set(text[present].tolist()) - set(column.levels))
    if unknown:
        raise BadInput(
            f"column {column.name!r} holds {_listed('unknown level', unknown)}; "
            f"the first table had {', '.join(map(repr, column.levels))}."
        )
    matches = text[:, None] == np.array(column.levels, dtype=np.str_)
    return np.where(present[:, None], matches.astype(np.float64), np.nan)


def _filled(
    column: TableColumn,
    values: pd.Series[Any],
    part: NDArray[np.floating],
    missing: NDArray[np.bool_],
) -> pd.Series[Any]:
    """One column without gaps."""
    present = values.dropna()
    answers: NDArray[Any]
    if column.levels is not None:
        answers = np.array(column.levels, dtype=object)[part.argmax(axis=1)]
        known = values.astype(object)
    elif pd.api.types.infer_dtype(present) == "boolean":
        answers = part[:, 0] > HALF
        known = values.astype(object)
    else:
        known, answers = values.astype(np.float64), part[:, 0]
        if len(present) and bool((present.astype(np.float64) % 1 == 0).all()):
            return known.mask(missing, np.rint(answers)).astype(np.int64)
    return known.mask(missing, pd.Series(answers, index=values.index)).infer_objects()


def _listed(noun: str, names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
    return f"{noun}{'' if len(names) == 1 else 's'} {shown}"
