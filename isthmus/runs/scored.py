"""Scores of new items by a run: how odd each is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset, Skipped
from isthmus.data.indices import AllBut
from isthmus.data.rows import Chunks
from isthmus.files import replacing_folder
from isthmus.loading import load
from isthmus.runs.folder import RunFolder, read_json
from isthmus.runs.items import Fitting, Preparing, fitted_items, later_items
from isthmus.runs.uses import write_columns
from isthmus.uses.anomalies import AnomalyDetector
from isthmus.uses.neighbours import MOST_ROWS

__all__ = ["Scored", "detector_of", "score_run", "scores_of"]

Floats = NDArray[np.floating]

# Columns named as reasons, and items whose reasons are found at once.
REASONS, AT_ONCE = 3, 1024
# On a map the largest contribution but for one pixel in so many is white.
BRIGHTEST = 1000


@dataclass(frozen=True)
class Scored:
    """What was found: items, those called odd, those with gaps, held-out normal items, and files
    that were left out."""

    n_items: int
    n_odd: int
    n_gaps: int
    n_calibration: int
    skipped: tuple[Skipped, ...]


def score_run(
    run: Path,
    source: str,
    out: Path | str,
    *,
    table: str | None = None,
    false_alarms: float = 0.05,
    maps: Path | None = None,
    preparing: Preparing | None = None,
) -> Scored:
    """Score items and write a Parquet file, a row an item, in the user's order.

    Parameters
    ----------
    run : Path
        A run whose data are normal items.
    source : str
        The items to score, of the form of the run's.
    out : Path or str
        A path or an address. Columns: id, score (nats, higher is odder), p_value, odd; of tables
        ``because``, the columns that differ most from the nearest normal rows. A row with missing
        cells has no score.
    table : str or None
        Of a run fitted to pictures with a table, what lies beside these pictures.
    false_alarms : float
        Share of normal items that may be called odd.
    maps : Path or None
        A folder for pictures of what made each odd picture odd; white is odd.
    preparing : callable or None
    """
    AnomalyDetector(false_alarms=false_alarms).check()
    folder = RunFolder(run).require()
    fit, ae = read_json(folder.path / "fit.json"), load(folder.path)
    detector = detector_of(folder.path, ae, false_alarms=false_alarms, preparing=preparing)
    data = later_items(source, fit, ae, preparing, table)
    scores = scores_of(detector, data.items)
    gaps = np.isnan(scores)
    odd = scores < detector.offset_
    columns = {
        "id": pa.array(data.ids.tolist(), pa.string()),
        "score": pa.array(-scores, mask=gaps),
        "p_value": pa.array(detector.p_values_of(scores, data.items), mask=gaps),
        "odd": pa.array(odd, mask=gaps),
    }
    if data.columns is not None:
        columns["because"] = pa.array(_reasons(detector, data, odd), pa.string())
    write_columns(out, columns)
    if maps is not None:
        _write_maps(detector, data, np.flatnonzero(odd), maps)
    return Scored(
        len(data), int(odd.sum()), int(gaps.sum()), len(detector.alarms_[""].scores), data.skipped
    )


def scores_of(detector: AnomalyDetector, items: NDArray[np.generic]) -> Floats:
    """What `AnomalyDetector.score_samples` gives, shape (n,); NaN where it takes no gaps."""
    takes_gaps = detector.autoencoder_.takes_gaps
    whole = np.ones(len(items), bool) if takes_gaps else ~_with_gaps(items)
    scores = np.full(len(items), np.nan)
    if whole.any():
        scores[whole] = detector.score_samples(items if whole.all() else items[whole])
    return scores


def detector_of(
    folder: Path,
    ae: Autoencoder,
    *,
    false_alarms: float = 0.05,
    preparing: Preparing | None = None,
) -> AnomalyDetector:
    """What finds odd items by a run: those it was fitted to are normal, its test items set alarms.

    Raises `BadSetting` where the autoencoder rebuilds no items, and what opening the data does.
    """
    ae.require_code(items=True)
    fitting = fitted_items(folder, preparing)
    fitted = _some_fitted(fitting)
    return AnomalyDetector.of(ae, fitted, fitting.test.items, false_alarms=false_alarms)


def _with_gaps(items: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Which items have a missing value."""
    if items.dtype.kind != "f":
        return np.zeros(len(items), bool)
    return np.concatenate(
        [np.isnan(piece).reshape(len(piece), -1).any(1) for piece in Chunks(items)]
    )


def _some_fitted(fitting: Fitting) -> NDArray[np.generic]:
    """The items of the fit, evenly drawn where there are more than are searched."""
    kept = AllBut(len(fitting.data)) if fitting.kept is None else fitting.kept
    return np.asarray(fitting.data.items[kept[:: -(-len(kept) // MOST_ROWS)]])


def _reasons(detector: AnomalyDetector, data: Dataset, odd: NDArray[np.bool_]) -> list[str | None]:
    """Names of the columns that made each odd row odd, the oddest first; None for normal rows."""
    assert data.columns is not None
    names, found = np.asarray(data.columns), np.full(len(data), None, dtype=object)
    if data.parts is not None:
        names = np.array(["picture", *names])
    for which in _pieces(np.flatnonzero(odd)):
        values = detector.contributions(data.items[which])
        if data.parts is not None:
            pixels = values[:, : data.parts.n_pixels].sum(1, keepdims=True)
            values = np.concatenate([pixels, values[:, data.parts.n_pixels :]], axis=1)
        order = np.argsort(-values, axis=1)
        found[which] = [", ".join(names[row[:REASONS]]) for row in order]
    return found.tolist()


def _write_maps(
    detector: AnomalyDetector, data: Dataset, which: NDArray[np.intp], out: Path
) -> None:
    """Grey pictures of the contributions, named as the items."""
    with replacing_folder(out) as folder:
        for piece in _pieces(which):
            odd = detector.contributions(data.items[piece])
            if data.parts is not None:
                odd = data.parts.split(odd)[0]
            whole = odd.sum(-1) if odd.ndim == 4 else odd
            for index, values in zip(piece, whole, strict=True):
                brightest = np.quantile(values, 1 - 1 / BRIGHTEST) or 1.0
                name = str(data.ids[int(index)])
                path = folder / (name if name.lower().endswith(".png") else f"{name}.png")
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = np.clip(values / brightest, 0, 1) * 255
                Image.fromarray(pixels.astype(np.uint8)).save(path)


def _pieces(which: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    return [which[start : start + AT_ONCE] for start in range(0, len(which), AT_ONCE)]
