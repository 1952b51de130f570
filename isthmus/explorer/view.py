"""A run as the page sees it: its items in the order of their codes, and what is known of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from isthmus.data import Parts, Spectrum, TableEncoding
from isthmus.errors import BadInput, IsthmusError
from isthmus.explorer.background import Background, Job, Told
from isthmus.explorer.labels import GivenLabels
from isthmus.explorer.looks import Looks
from isthmus.explorer.plane import Plane, planes_of
from isthmus.explorer.served import ServedRun
from isthmus.principal import PrincipalComponents
from isthmus.report.pictures import PartWindow, Sunlight, Window
from isthmus.report.study import Study
from isthmus.runs.folder import read_json
from isthmus.runs.items import Fitting, fitting_items
from isthmus.runs.request import Request
from isthmus.runs.scored import scores_of
from isthmus.runs.uses import Own
from isthmus.uses.anomalies import AnomalyDetector

__all__ = ["SPLITS", "View"]

#: What the splits are called on the page.
SPLITS = {"train": "fitted", "test": "held out"}

Array = NDArray[Any]
Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# Items looked at at once in the background: what the cursor asks for comes between two pieces.
PIECE = 256


class View:
    """A run, opened to be looked at.

    The map is there at once; the items are opened in the background, and errors, anomaly scores and
    PCA are computed there when they are first asked for.

    Parameters
    ----------
    served : ServedRun
        Its autoencoder, its detector of odd items and its map.
    own : Own
        The items of the run's codes: ids, splits, labels.
    planes : sequence of Plane
        Its maps; it is seen on the first.

    Attributes
    ----------
    fit, metrics : mapping
        What ``fit.json`` and ``metrics.json`` hold.
    given : GivenLabels
        The labels that were given on the page.

    Examples
    --------
    >>> view = View.open(ServedRun(Path("run")))  # doctest: +SKIP
    >>> view.decode([[0.0, 0.0]]).shape  # doctest: +SKIP
    (1, 28, 28)
    """

    def __init__(self, served: ServedRun, own: Own, planes: Sequence[Plane]):
        self.served, self.own, self.planes, self.plane = served, own, planes, planes[0]
        self.ae, self.folder = served.ae, served.folder
        folder = served.folder
        self.fit: Mapping[str, Any] = read_json(folder / "fit.json")
        self.metrics: Mapping[str, Any] = read_json(folder / "metrics.json")
        self.given = GivenLabels(folder / "labels.csv", own.ids)
        self.background = Background()

    @classmethod
    def open(cls, served: ServedRun) -> Self:
        """Open a run.

        Raises
        ------
        NoData, BadFile, BadInput, BadSetting
            If a file is missing or damaged, or the run has no codes to look at.
        """
        served.ae.require_code(items=True)
        own = Own.of(served.folder)
        view = cls(served, own, planes_of(served, own))
        view.opening()
        return view

    def on(self, plane: Plane) -> Self:
        """The same on another of its maps; labels and what is computed are shared."""
        other = copy(self)
        other.plane = plane
        return other

    def __len__(self) -> int:
        return len(self.own.ids)

    # ------------------------------------------------------------------ the items

    def opening(self) -> Job:
        """The opening of the items, under way or done."""
        return self.background.ask("items", self._open, at_once=True)

    def _open(self, told: Told) -> Fitting:
        request = Request.from_dict(dict(self.fit["request"]))
        fitting = fitting_items(request, lambda what, done, total: told(done / max(1, total)))
        n = sum(len(data) for data, _ in fitting.splits())
        if n != len(self):
            raise BadInput(
                f"{request.data} has {n} items now, and the run has codes of {len(self)}; fit anew "
                "to see them."
            )
        return fitting

    @property
    def fitting(self) -> Fitting:
        """The items as they were fitted, waited for; raises what opening them does."""
        opened: Fitting = self.opening().result()
        return opened

    def items(self, which: Any) -> Array:
        """Items by their places in the codes, shape (n,) to (n, *item_shape)."""
        first, rest = self.fitting.data, self.fitting.test
        chosen = np.asarray(which, np.intp)
        n = len(first)
        picked = [first.items[i] if i < n else rest.items[i - n] for i in chosen.tolist()]
        return np.stack(picked) if picked else first.items[:0]

    def item(self, index: int) -> Array:
        """One item, shape item_shape."""
        return self.items([index])[0]

    def known(self, index: int) -> int:
        """A number of an item; raises `BadInput` where it is none."""
        if not 0 <= index < len(self):
            raise BadInput(f"there are {len(self)} items, and {index} is no number of one.")
        return index

    # ------------------------------------------------------------------ codes and back

    def decode(self, places: Any) -> Floats:
        """Items at places of the map, shape (n, 2) to (n, *item_shape)."""
        return self.ae.inverse_transform(self.plane.codes_at(np.asarray(places, np.float32)))

    def rebuilt(self, index: int, size: int | None = None) -> Floats:
        """An item as its code, or the first ``size`` numbers of it, gives it."""
        return self.ae.inverse_transform(self.own.codes[index : index + 1, :size])[0]

    def pca_rebuilt(self, index: int, size: int) -> Floats:
        """An item as PCA gives it with as many numbers."""
        flat = self._scaled(self.item(index)[None])
        pca = self.pca_job().result()
        # What is missing is the mean, which is 0 where gaps are allowed.
        codes = pca.transform(np.nan_to_num(flat))[:, :size]
        item: Floats = self.ae.scaling_.undo(pca.inverse_transform(codes))
        return item.reshape(self.ae.item_shape_)

    def error_between(self, item: Array, other: Array) -> float:
        """Mean squared error per scaled value that is there."""
        flat = [self._scaled(each[None].astype(np.float64)) for each in (item, other)]
        return float(np.nanmean(np.square(flat[0] - flat[1])))

    def _scaled(self, items: Array) -> Floats:
        return self.ae.scaling_.apply(items.reshape(len(items), -1), np.float64)

    # ------------------------------------------------------------------ what takes longer

    def errors_job(self) -> Job:
        """The error of each item, shape (n,): scaled, mean squared, per value."""
        return self.background.ask("errors", self._errors)

    def scores_job(self) -> Job:
        """The anomaly score of each item, shape (n,): nats, higher is odder; NaN with gaps."""
        return self.background.ask("scores", self._scores)

    def detector_job(self) -> Job:
        """What tells odd items."""
        return self.background.ask("detector", self._detector, at_once=True)

    def pca_job(self) -> Job:
        """PCA of the items that were fitted, scaled, of the code's size."""
        return self.background.ask("pca", self._pca, at_once=True)

    def _errors(self, told: Told) -> NDArray[np.float32]:
        return self._piecewise(lambda items: -self.ae.score_samples(items), told)

    def _detector(self, told: Told) -> AnomalyDetector:
        return self.served.detector()

    def _pca(self, told: Told) -> PrincipalComponents:
        return self.ae.rival(self.fitting.data.items, self.fitting.kept)

    def _scores(self, told: Told) -> NDArray[np.float32]:
        detector: AnomalyDetector = self.detector_job().result()

        return self._piecewise(lambda items: -scores_of(detector, items), told)

    def _piecewise(self, of: Callable[[Array], Floats], told: Told) -> NDArray[np.float32]:
        found = np.empty(len(self), np.float32)
        done = 0
        for data, _ in self.fitting.splits():
            for start in range(0, len(data), PIECE):
                piece = np.asarray(data.items[start : start + PIECE])
                found[done : done + len(piece)] = of(piece)
                done += len(piece)
                told(done / len(self))
        return found

    # ------------------------------------------------------------------ how things look

    @cached_property
    def looks(self) -> Looks:
        """How items are shown."""
        fit = self.fit
        parts = Parts.from_dict(fit["parts"]) if fit.get("parts") else None
        table = TableEncoding.from_dict(fit["table"]) if fit.get("table") else None
        columns: tuple[str, ...] = tuple(fit.get("columns") or ())
        if self.is_table and not columns:
            columns = tuple(f"column {i}" for i in range(self.ae.n_features_in_))
        spectrum = Spectrum.from_dict(fit["spectrum"]) if fit.get("spectrum") else None
        return Looks(self._window(parts), spectrum, parts, table, columns)

    @property
    def is_table(self) -> bool:
        """Whether items are rows alone."""
        return len(self.ae.item_shape_) == 1 and not self.fit.get("parts")

    @property
    def noun(self) -> str:
        """What one item is called."""
        if self.fit.get("spectrum"):
            return "sound"
        return "row" if self.is_table else "picture"

    def _window(self, parts: Parts | None) -> Window | Sunlight | PartWindow | None:
        if self.is_table:
            return None
        try:
            fitting = self.fitting
        except IsthmusError:
            # The data are gone, and the map is still there: what is decoded can be shown.
            scale = float(np.max(self.ae.scaling_.scale)) if self.ae.scaling_.is_pixels else 1.0
            window = Window(0.0, 1.0 if parts else scale)
            return PartWindow(window, parts) if parts else window
        return Study(self.ae, fitting.data, fitting.test, None, self.metrics, seed=0).window
