"""What uses of a run's codes read, and where they leave what they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset
from isthmus.files import replacing_file
from isthmus.loading import load
from isthmus.runs.codes_file import WORDS, read_codes
from isthmus.runs.folder import RunFolder, read_json, write_json

__all__ = ["USES", "Own", "found_in", "leave", "with_codes", "with_skipped", "write_columns"]

#: Uses that leave a record in a run, NAME.json, which its report shows.
USES = ("clusters", "classes", "map", "tuning")


def with_codes(run: Path) -> tuple[Path, Autoencoder]:
    """The folder and the autoencoder of a run; refuses one without a short code."""
    folder = RunFolder(run).require().path
    ae = load(folder)
    ae.require_code()
    return folder, ae


@dataclass(frozen=True)
class Own:
    """The items of a run: ids, split ("train", "test"), codes, and labels or None, each of n."""

    ids: NDArray[np.str_]
    split: pa.Array
    codes: NDArray[np.float32]
    labels: NDArray[np.str_] | None

    @classmethod
    def of(cls, folder: Path) -> Own:
        """Those that the run's codes are of; raises what reading these does."""
        path = folder / "codes.parquet"
        ids, codes = read_codes(path)
        words = pq.read_table(path, columns=[w for w in WORDS if w in pq.read_schema(path).names])
        labels = None
        if "label" in words.column_names:
            # Of items that came without labels, beside others that have some, it is null.
            labels = np.array([label or "" for label in words["label"].to_pylist()], str)
        return cls(ids, words["split"], codes, labels)

    def columns(self) -> dict[str, pa.Array]:
        """What every file about the items begins with."""
        return {"id": pa.array(self.ids.tolist(), pa.string()), "split": self.split}


def leave(folder: Path, use: str, record: Mapping[str, Any]) -> None:
    """Keep what a use found beside the run's other files."""
    write_json(folder / f"{use}.json", record)


def with_skipped(record: Mapping[str, Any], fresh: Dataset | None) -> dict[str, Any]:
    """A record with the files that were left out of other data, for whom asked."""
    skipped = () if fresh is None else fresh.skipped
    return {**record, "skipped": [asdict(lost) for lost in skipped]}


def found_in(folder: Path) -> dict[str, Any]:
    """What uses found so far, by their names."""
    paths = {use: folder / f"{use}.json" for use in USES}
    return {use: read_json(path) for use, path in paths.items() if path.exists()}


def write_columns(place: Path | str, columns: Mapping[str, pa.Array]) -> None:
    """Write a Parquet file, whole or not at all."""
    with replacing_file(place) as temporary:
        pq.write_table(pa.table(dict(columns)), temporary)
