from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data import TableEncoding
from isthmus.errors import BadFile, BadInput


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "size": [1.5, np.nan, 3.0],
            "count": [1, 2, 3],
            "open": [True, False, True],
            "colour": ["red", "blue", None],
            "grade": pd.Categorical(["b", "a", "b"]),
        }
    )


def test_each_kind_of_column() -> None:
    numbers, columns = TableEncoding.learn(frame()).apply(frame())
    assert columns == (
        "size", "count", "open", "colour=blue", "colour=red", "grade=a", "grade=b",
    )  # fmt: skip
    nan = np.nan
    expected = [
        [1.5, 1, 1, 0, 1, 0, 1],
        [nan, 2, 0, 1, 0, 1, 0],
        [3.0, 3, 1, nan, nan, 0, 1],
    ]
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, expected)


@given(
    texts=st.lists(st.sampled_from(["a", "b", "c d", "é", "="]), min_size=1, max_size=30),
)
def test_one_hot_columns_agree_with_pandas(texts: list[str]) -> None:
    given = pd.DataFrame({"t": texts})
    numbers, columns = TableEncoding.learn(given).apply(given)
    oracle = pd.get_dummies(given, prefix_sep="=")
    assert list(columns) == list(oracle.columns)
    np.testing.assert_array_equal(numbers, oracle.to_numpy(dtype=float))


def test_label_and_id_are_left_out() -> None:
    encoding = TableEncoding.learn(frame(), label="colour", id="count")
    assert [column.name for column in encoding.columns] == ["size", "open", "grade"]
    with pytest.raises(BadInput, match="nothing is left"):
        TableEncoding.learn(frame()[["size"]], label="size")


def test_json_round_trip() -> None:
    encoding = TableEncoding.learn(frame(), label="count")
    assert TableEncoding.from_dict(json.loads(json.dumps(encoding.to_dict()))) == encoding


@pytest.mark.parametrize("saved", [{}, {"columns": [{}]}, {"columns": 3, "label": None}])
def test_damaged_json(saved: dict[str, object]) -> None:
    with pytest.raises(BadFile, match="damaged"):
        TableEncoding.from_dict(saved)


def test_a_second_table_gets_the_same_columns() -> None:
    encoding = TableEncoding.learn(frame())
    second = frame().iloc[[1], ::-1].assign(extra=1)
    numbers, _ = encoding.apply(second)
    np.testing.assert_array_equal(numbers, encoding.apply(frame())[0][[1]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": ["red", "mauve", "blue"]}, "unknown level 'mauve'; .* had 'blue', 'red'"),
        ({"count": ["1", "two", "3"]}, "column 'count' holds text such as '1'"),
    ],
)
def test_a_second_table_that_does_not_fit(change: dict[str, object], message: str) -> None:
    encoding = TableEncoding.learn(frame())
    with pytest.raises(BadInput, match=message):
        encoding.apply(frame().assign(**change))


def test_a_second_table_without_a_column() -> None:
    with pytest.raises(BadInput, match="lacks columns 'size', 'open'"):
        TableEncoding.learn(frame()).apply(frame().drop(columns=["size", "open"]))


def test_values_that_arrow_hands_over_as_objects() -> None:
    given = pd.DataFrame(
        {
            "flag": pd.Series([True, None, False], dtype=object),
            "price": pd.Series([Decimal("1.5"), None, Decimal("2")], dtype=object),
            "nothing": pd.Series([None, None, None], dtype=object),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
        }
    )
    numbers, columns = TableEncoding.learn(given).apply(given)
    assert columns == ("flag", "price", "nothing", "nullable")
    nan = np.nan
    np.testing.assert_array_equal(numbers, [[1, 1.5, nan, 1], [nan, nan, nan, nan], [0, 2, nan, 3]])


def test_fifty_levels_pass_and_fifty_one_do_not() -> None:
    names = [f"name {i}" for i in range(51)]
    assert len(TableEncoding.learn(pd.DataFrame({"a": names[:50]})).columns[0].encoded) == 50
    with pytest.raises(BadInput, match=r"'a' has 51 different texts, such as 'name 0'.*Drop it"):
        TableEncoding.learn(pd.DataFrame({"a": names}))


@pytest.mark.parametrize(
    "values", [[date(2020, 1, 1)], [[1, 2]], [1 + 2j], list(pd.to_datetime(["2020-01-01"]))]
)
def test_other_values_are_refused(values: list[object]) -> None:
    with pytest.raises(BadInput, match=r"column 'a' holds .* expected numbers, text"):
        TableEncoding.learn(pd.DataFrame({"a": values}))


def test_gaps_are_filled_in_the_columns_own_kind() -> None:
    frame = pd.DataFrame(
        {
            "size": [1.5, np.nan, 2.5],
            "colour": ["red", None, "blue"],
            "count": [3, np.nan, 4],
            "sold": [True, None, False],
            "name": ["x", None, "y"],
        }
    )
    table = TableEncoding.learn(frame, id="name")
    rows, _ = table.apply(frame)
    np.testing.assert_array_equal(np.isnan(rows[1]), True)
    rows[1] = [9.25, 0.2, 0.7, 3.4, 0.6]
    filled = table.fill(frame, rows)
    assert filled.loc[1].drop("name").tolist() == [9.25, "red", 3, True]
    assert pd.api.types.is_integer_dtype(filled["count"])
    assert pd.isna(filled["name"][1])
    for column in ("size", "colour", "sold"):
        assert filled[column][[0, 2]].tolist() == frame[column][[0, 2]].tolist()
    assert frame["size"].isna().sum() == 1, "the user's table was changed"
