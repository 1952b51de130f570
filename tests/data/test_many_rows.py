"""Parquet files that are prepared on disk, beside the same read at once."""

from __future__ import annotations

import decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isthmus.data import many_rows, open_data
from isthmus.errors import BadFile, BadInput, BadSetting

pa = pytest.importorskip("pyarrow")


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_rows, "_MOST_IN_MEMORY", 0)
    monkeypatch.setattr(many_rows, "_AT_ONCE", 64)


def frame(n: int, start: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(start)
    found = pd.DataFrame(
        {
            "name": [f"row-{i}" for i in range(start, start + n)],
            "size": rng.standard_normal(n),
            "count": rng.integers(0, 2**40, n),
            "colour": pd.Categorical(rng.choice(["red", "blue"], n)),
            "word": rng.choice(["a", "b", "c"], n),
            "yes": rng.random(n) < 0.5,
            "class": rng.integers(0, 3, n),
        }
    )
    found.loc[2, ["size", "word"]] = None
    return found


def at_once(path: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(many_rows, "_MOST_IN_MEMORY", 10**9)
        return open_data(path, **settings)


def test_the_same_as_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    for i in range(3):
        frame(70, 70 * i).to_parquet(folder / f"{i}.parquet", row_group_size=20)
    data, expected = open_data(folder), at_once(folder, monkeypatch)
    assert isinstance(data.items, np.memmap)
    np.testing.assert_array_equal(data.items, expected.items)
    assert data.items.dtype == expected.items.dtype == np.float64
    assert data.ids.tolist() == expected.ids.tolist()
    np.testing.assert_array_equal(data.labels, expected.labels)
    for name in ("columns", "table", "name", "source", "kind"):
        assert getattr(data, name) == getattr(expected, name), name
    # Later data by an earlier encoding, and a subset.
    later = open_data(folder / "1.parquet", table=data.table)
    np.testing.assert_array_equal(later.items, data.items[70:140])
    part = data.subset([5, 200, 3])
    assert part.ids.tolist() == ["row-5", "row-200", "row-3"]
    np.testing.assert_array_equal(part.items, expected.items[[5, 200, 3]])


def test_it_is_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.parquet"
    frame(50).to_parquet(path)
    told: list[int] = []
    open_data(path, progress=lambda what, done, total: told.append(done))
    assert told[-1] == 50
    with monkeypatch.context() as patch:
        patch.setattr(many_rows.ManyRows, "prepare", None)
        open_data(path)
    frame(40).to_parquet(path)
    assert len(open_data(path)) == 40


@pytest.mark.parametrize(
    ("kinds", "dtype"),
    [
        (["uint8", "int16", "bool", "float32"], np.float32),
        (["uint8", "int32"], np.float64),
        (["float64"], np.float64),
    ],
)
def test_halved_where_nothing_is_lost(tmp_path: Path, kinds: list[str], dtype: type) -> None:
    values = np.random.default_rng(0).integers(0, 100, (30, len(kinds)))
    columns = {f"x{i}": values[:, i].astype(kind) for i, kind in enumerate(kinds)}
    pd.DataFrame(columns).to_parquet(tmp_path / "t.parquet")
    data = open_data(tmp_path / "t.parquet")
    assert data.items.dtype == dtype
    np.testing.assert_array_equal(data.items, np.column_stack(list(columns.values())))
    assert data.ids.tolist()[:2] == ["0", "1"]


def test_decimals_are_numbers(tmp_path: Path) -> None:
    pd.DataFrame({"x": [decimal.Decimal("1.5"), None]}).to_parquet(tmp_path / "t.parquet")
    np.testing.assert_array_equal(open_data(tmp_path / "t.parquet").items, [[1.5], [np.nan]])


def test_refusals_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"x": [f"text {i}" for i in range(80)]}).to_parquet(path)
    with pytest.raises(BadInput, match=r"t\.parquet: column 'x' has .* different texts"):
        open_data(path)
    pd.DataFrame({"x": pd.to_datetime(["2026-01-01", "2026-01-02"])}).to_parquet(path)
    with pytest.raises(BadInput, match=r"t\.parquet: column 'x' holds datetime"):
        open_data(path)
    pd.DataFrame({"x": [1.0, 2.0]}).to_parquet(path)
    with pytest.raises(BadSetting, match="label column 'y'"):
        open_data(path, label="y")
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(30) + content[34:])
    with pytest.raises(BadFile, match=r"t\.parquet cannot be read as Parquet"):
        open_data(path)


@pytest.fixture(params=[0, 10**9], ids=["prepared", "at once"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_rows, "_MOST_IN_MEMORY", request.param)


def write(folder: Path, **columns: dict[str, list[Any]]) -> Path:
    """A folder of Parquet files, each with its columns."""
    for name, values in columns.items():
        path = folder / name.replace("__", "=").replace("_in_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(values).to_parquet(path.with_suffix(".parquet"))
    return folder


@pytest.mark.usefixtures("either_way")
def test_files_are_one_table(tmp_path: Path) -> None:
    a, b = {"x": [1, 2], "y": [None, None]}, {"y": [5.5, 6.5], "x": [0.25, 0.5]}
    data = open_data(write(tmp_path / "rows", a=a, b=b))
    expected = [[1, np.nan], [2, np.nan], [0.25, 5.5], [0.5, 6.5]]
    np.testing.assert_array_equal(data.items, expected)
    years = open_data(write(tmp_path / "years", year__2025_in_a=a, year__2026_in_b=a))
    assert years.columns == ("x", "y", "year")
    assert years.items[:, 2].tolist() == [2025, 2025, 2026, 2026]


@pytest.mark.usefixtures("either_way")
def test_files_of_other_columns_are_named(tmp_path: Path) -> None:
    a = {"x": [1, 2], "y": [1, 2]}
    folder = write(tmp_path / "lacks", a=a, b={"x": [1, 2]})
    with pytest.raises(BadInput, match=r"b\.parquet lacks column 'y', which .*a\.parquet has"):
        open_data(folder)
    folder = write(tmp_path / "more", a=a, b={**a, "z": [1, 2]})
    with pytest.raises(BadInput, match=r"a\.parquet lacks column 'z'"):
        open_data(folder)
    folder = write(tmp_path / "text", a=a, b={"x": ["u", "v"], "y": [1, 2]})
    with pytest.raises(BadInput, match=r"b\.parquet is no table with .* Field x has"):
        open_data(folder)
    (folder / "b.parquet").write_bytes(b"")
    with pytest.raises(BadFile, match=r"b\.parquet"):
        open_data(folder)
