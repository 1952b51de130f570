from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from isthmus.data import open_data
from isthmus.errors import BadFile, BadInput, BadSetting

FRAME = pd.DataFrame(
    {
        "ID": ["a", "b", "c"],
        "size": [1.5, np.nan, 3.25],
        "count": [1, 2, 3],
        "colour": ["red", "blue", "red"],
        "Class": [0, 1, 0],
    }
)
ITEMS = [[1.5, 1, 0, 1], [np.nan, 2, 1, 0], [3.25, 3, 0, 1]]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [("t.csv", ","), ("t.csv", ";"), ("t.tsv", "\t"), ("t.csv.gz", ","), ("T.CSV", ",")],
)
def test_csv_agrees_with_pandas(tmp_path: Path, name: str, delimiter: str) -> None:
    FRAME.to_csv(tmp_path / name, index=False, sep=delimiter)
    data = open_data(tmp_path / name)
    np.testing.assert_array_equal(data.items, ITEMS)
    assert data.columns == ("size", "count", "colour=blue", "colour=red")
    assert data.ids.tolist() == ["a", "b", "c"]
    assert data.labels is not None
    assert data.labels.tolist() == ["0", "1", "0"]
    assert data.name.lower() == "t"
    assert data.kind == "table"
    assert data.table is not None


def test_parquet_agrees_with_pandas(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "t.parquet")
    FRAME.set_index("ID").to_parquet(tmp_path / "indexed.parquet")
    for name in ("t.parquet", "indexed.parquet"):
        data = open_data(tmp_path / name)
        np.testing.assert_array_equal(data.items, ITEMS)
        assert data.ids.tolist() == ["a", "b", "c"]


def test_folder_of_parquet_files(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    FRAME[:2].to_parquet(folder / "1.parquet")
    FRAME[2:].to_parquet(folder / "2.parquet")
    data = open_data(folder)
    np.testing.assert_array_equal(data.items, ITEMS)
    assert data.name == "parts"


def test_notes_of_programs_are_no_parquet_files(tmp_path: Path) -> None:
    """Files that macOS and Spark leave beside others."""
    pictures, rows = tmp_path / "pictures", tmp_path / "rows"
    for folder in (pictures, rows, tmp_path / "none" / "_day=1"):
        folder.mkdir(parents=True)
        (folder / "._rows.parquet").write_bytes(b"a note")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(pictures / "a.png")
    assert open_data(pictures).kind == "images"
    pd.DataFrame({"a": [1.0, 2.0]}).to_parquet(rows / "a.parquet")
    assert open_data(rows).items.tolist() == [[1.0], [2.0]]
    pd.DataFrame({"a": [1.0]}).to_parquet(tmp_path / "none" / "_day=1" / "a.parquet")
    with pytest.raises(BadInput, match="no Parquet files but such"):
        open_data(tmp_path / "none")


def test_chosen_label_and_id(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    data = open_data(tmp_path / "t.csv", label="colour", id="count")
    assert data.labels is not None
    assert data.labels.tolist() == ["red", "blue", "red"]
    assert data.ids.tolist() == ["1", "2", "3"]
    assert data.columns is not None
    assert "Class" in data.columns
    with pytest.raises(BadSetting, match="unknown label column 'color'; did you mean 'colour'"):
        open_data(tmp_path / "t.csv", label="color")


def test_the_row_numbers_of_pandas_are_ids(tmp_path: Path) -> None:
    FRAME[["size", "count"]].to_csv(tmp_path / "t.csv")
    data = open_data(tmp_path / "t.csv")
    assert data.columns == ("size", "count")
    assert data.ids.tolist() == ["0", "1", "2"]


def test_missing_labels_are_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,label\n1,2\n3,\n")
    labels = open_data(path).labels
    assert labels is not None
    assert labels.tolist() == ["2", ""]
    labels = open_data(write(path, "a,label\n1,x\n3,\n")).labels
    assert labels is not None
    assert labels.tolist() == ["x", ""]


def test_question_marks_are_missing(tmp_path: Path) -> None:
    data = open_data(write(tmp_path / "t.csv", "a,b\n1,?\n?,2\n"))
    np.testing.assert_array_equal(data.items, [[1, np.nan], [np.nan, 2]])


def test_a_late_value_decides_the_type_of_a_long_column(tmp_path: Path) -> None:
    # More than one block of pyarrow's default size.
    path = write(tmp_path / "t.csv", "a\n" + "1\n" * 1_000_000 + "2.5\n")
    items = open_data(path).items
    assert items.shape == (1_000_001, 1)
    assert items[-1, 0] == 2.5


def test_a_second_table(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "first.csv", index=False)
    first = open_data(tmp_path / "first.csv", label="colour")
    FRAME[1:].to_csv(tmp_path / "second.csv", index=False)
    second = open_data(tmp_path / "second.csv", table=first.table)
    np.testing.assert_array_equal(second.items, first.items[1:])
    assert second.columns == first.columns
    assert second.table == first.table
    assert second.labels is not None
    assert second.labels.tolist() == ["blue", "red"]
    FRAME.drop(columns="colour").to_csv(tmp_path / "unlabelled.csv", index=False)
    assert open_data(tmp_path / "unlabelled.csv", table=first.table).labels is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "column names but no rows"),
        ("a,b,a\n1,2,3\n", "has column 'a' 2 times"),
        ("a,b\n1,2,3\n", "is no regular table: .*2 columns, got 3"),
        ("a,b\n1,2\n3\n", "is no regular table: .*2 columns, got 1"),
        ("id,label\n1,2\n", "nothing is left"),
        ("when\n2020-01-01\n", "column 'when' holds date"),
    ],
)
def test_refused_csv(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        open_data(write(tmp_path / "t.csv", text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["größe,b\n1,2\n", "a,b\n1,ä\n"])
def test_other_encodings_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        open_data(tmp_path / "t.csv")


def test_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 no parquet")
    with pytest.raises(BadFile, match="cannot be read as Parquet"):
        open_data(tmp_path / "t.parquet")
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a\n1\n")[:-4])
    with pytest.raises(BadFile, match="damaged gzip file"):
        open_data(tmp_path / "t.csv.gz")


def test_parquet_with_a_column_twice(tmp_path: Path) -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    parquet.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(BadInput, match="has column 'a' 2 times"):
        open_data(tmp_path / "t.parquet")
