"""What a run offers to those who ask its server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.corruptions import NoCorruption
from isthmus.data import TableEncoding
from isthmus.data.checks import check_finite
from isthmus.errors import BadInput, BadSetting, IsthmusError, NoData
from isthmus.inputs import as_codes, as_damaged, as_items
from isthmus.loading import load
from isthmus.runs.folder import RunFolder, read_json
from isthmus.runs.scored import detector_of
from isthmus.uses.anomalies import AnomalyDetector

__all__ = ["VERBS", "Answer", "Asked", "ServedRun", "Verb"]

Array = NDArray[Any]
#: What a verb gives: arrays with a row an item.
Answer = tuple[Array, ...]


@dataclass(frozen=True)
class Asked:
    """What came: an array of items or codes, or rows of a table by their columns' names; and, of
    items to restore, what is hidden, booleans of their shape or (n, H, W)."""

    values: Array | list[Mapping[str, Any]]
    hidden: NDArray[np.bool_] | None = None


class ServedRun:
    """The autoencoder of a run, and what is made of its codes.

    What needs more than the model, the detector of odd items and the map, is made or read when it
    is first asked for.

    Parameters
    ----------
    folder : Path
        A run.

    Attributes
    ----------
    folder : Path
    ae : Autoencoder
        Takes arrays: it has no names of columns.
    table : TableEncoding or None
        How rows of a table become numbers, where items are such rows.

    Raises
    ------
    NoData
        If the folder is no run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = RunFolder(folder).require().path
        self.ae = load(self.folder)
        self.ae.__dict__.pop("feature_names_in_", None)
        table = read_json(self.folder / "fit.json").get("table")
        # Of pictures with a table it tells the part behind the pixels only.
        alone = table is not None and not self.ae.mixed
        self.table = TableEncoding.from_dict(table) if alone else None
        self._detector: AnomalyDetector | None = None
        self._map: Autoencoder | None = None
        self._making_detector, self._reading_map = Lock(), Lock()

    def encode(self, items: Array) -> Array:
        """Codes, shape (n, n_components)."""
        return self.ae.transform(items)

    def decode(self, codes: Array) -> Array:
        """Items of codes, which may be shorter ones where they are ordered."""
        return self.ae.inverse_transform(codes)

    def restore(self, items: Array) -> Array:
        """Items with what the corruption hid filled in; NaN is hidden."""
        return self.ae.restore(items)

    def score(self, items: Array) -> tuple[Array, Array]:
        """How odd items are, in nats, higher is odder, and p-values, both of shape (n,)."""
        detector = self.detector()
        normality = detector.score_samples(items)
        return -normality, detector.p_values_of(normality, items)

    def map(self, items: Array) -> Array:
        """Places of items on the run's map, shape (n, 2)."""
        return self.map_model().transform(self.encode(items))

    def detector(self) -> AnomalyDetector:
        """What finds odd items; the first call reads the run's data again.

        Raises
        ------
        NoData
            If the data are not there any more.
        """
        with self._making_detector:
            if self._detector is None:
                self._detector = detector_of(self.folder, self.ae)
            return self._detector

    def map_model(self) -> Autoencoder:
        """The autoencoder of codes whose own codes are places; raises `NoData` if there is none."""
        with self._reading_map:
            if self._map is None:
                path = self.folder / "map" / "model"
                if not path.is_dir():
                    raise NoData(f"no map; make one with isthmus map {self.folder.name}")
                self._map = load(path)
            return self._map

    # ------------------------------------------------------- what may join others in a batch

    def check_items(self, asked: Asked) -> Array:
        """What came as items to encode, shape (n, *item_shape_); raises what refuses them."""
        self.ae.require_code()
        return _checked(self._items, asked)

    def check_codes(self, asked: Asked) -> Array:
        """What came as codes, shape (n, k)."""
        self.ae.require_code(items=True)
        codes = asked.values
        if not isinstance(codes, np.ndarray):
            raise BadInput("codes are lists of numbers; they have no names.")
        filled_up: Array = _checked(as_codes, codes, self.ae.n_components_, self.ae.ordered)
        return filled_up[:, : codes.shape[1]]

    def check_damaged(self, asked: Asked) -> Array:
        """What came as items to restore, what is hidden being NaN."""
        slots = Slots.of(self.ae)
        slots.require_items()
        if isinstance(slots.corruption, NoCorruption):
            raise BadSetting(
                "this run restores nothing, since nothing was hidden from it; fit one with isthmus "
                "fit DATA --restore."
            )
        return _checked(lambda: as_damaged(self.ae, self._values(asked), asked.hidden, slots))

    def check_scored(self, asked: Asked) -> Array:
        """What came as items to score."""
        self.ae.require_code(items=True)
        return self.check_items(asked)

    def check_mapped(self, asked: Asked) -> Array:
        """What came as items to find places of."""
        self.map_model()
        return self.check_items(asked)

    def _items(self, asked: Asked) -> Array:
        values = self._values(asked)
        if self.table is not None and values.shape[1:] == self.ae.item_shape_:
            # Said by the name of the column, not by its number.
            check_finite(values, self.table.encoded, gaps=self.ae.takes_gaps)
        return as_items(self.ae, values, reset=False, gaps=self.ae.takes_gaps)

    def _values(self, asked: Asked) -> Array:
        if isinstance(asked.values, np.ndarray):
            return asked.values
        if self.table is None:
            raise BadInput(
                f"items came by names, and those of this run have none; give numbers, "
                f"{self.ae.item_shape_} an item."
            )
        return _rows_of(self.table, asked.values)


@dataclass(frozen=True)
class Verb:
    """Something that can be asked of a run.

    Attributes
    ----------
    name : str
        Its path on the server.
    summary : str
    takes : tuple of str
        Names of what comes, in JSON; the first has to come.
    gives : tuple of str
        Names of what goes, in JSON. As an array they are columns, where they are several.
    check : callable
        From what came to an array that may join others, or an error that says why not.
    answer : callable
        From such arrays, joined, to what goes.
    """

    name: str
    summary: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    check: Callable[[ServedRun, Asked], Array]
    answer: Callable[[ServedRun, Array], Array | tuple[Array, ...]]

    def of(self, run: ServedRun, values: Array) -> Answer:
        """The answer for values that were checked, as a tuple of arrays in any case."""
        found = self.answer(run, values)
        return found if isinstance(found, tuple) else (found,)


VERBS = (
    Verb(
        "encode",
        "Items to codes.",
        ("items",),
        ("codes",),
        ServedRun.check_items,
        ServedRun.encode,
    ),
    Verb(
        "decode",
        "Codes to items; shorter ones too, where codes are ordered.",
        ("codes",),
        ("items",),
        ServedRun.check_codes,
        ServedRun.decode,
    ),
    Verb(
        "restore",
        "Damaged items to whole ones; null (NaN) and what hidden says is filled in.",
        ("items", "hidden"),
        ("items",),
        ServedRun.check_damaged,
        ServedRun.restore,
    ),
    Verb(
        "score",
        "How unlike the run's normal items others are, in nats, and p-values.",
        ("items",),
        ("scores", "p_values"),
        ServedRun.check_scored,
        ServedRun.score,
    ),
    Verb(
        "map",
        "Items to places on the run's map.",
        ("items",),
        ("places",),
        ServedRun.check_mapped,
        ServedRun.map,
    ),
)


def _checked(check: Callable[..., Array], *given: Any) -> Array:
    """What a check gives; what it refuses in scikit-learn's words is `BadInput` in one line."""
    try:
        return check(*given)
    except IsthmusError:
        raise
    except (TypeError, ValueError) as error:
        raise BadInput(str(error).strip().splitlines()[0]) from None


def _rows_of(table: TableEncoding, rows: list[Mapping[str, Any]]) -> Array:
    """Rows by their columns' names as numbers. Names that the run does not know are not looked at:
    a table of all names that come could be as wide as a client likes."""
    import pandas as pd

    names = [column.name for column in table.columns]
    frame = pd.DataFrame({name: [row.get(name) for row in rows] for name in names})
    return _checked(lambda: table.apply(frame)[0])
