"""Tables of who has what, as matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isthmus.data import open_data
from isthmus.errors import BadInput, BadSetting

PAIRS = [("ann", "tea"), ("bob", "milk"), ("ann", "milk"), ("cy", "tea"), ("ann", "tea")]


def table(path: Path, pairs: list[tuple[str, str]], user: str = "user", item: str = "item") -> Path:
    pd.DataFrame(pairs, columns=[user, item]).to_csv(path, index=False)
    return path


def test_users_and_items_keep_their_order_and_names(tmp_path: Path) -> None:
    data = open_data(table(tmp_path / "shop.csv", PAIRS), form="interactions")
    assert data.kind == "interactions"
    assert np.asarray(data.ids).tolist() == ["ann", "bob", "cy"]
    assert data.columns == ("tea", "milk")
    np.testing.assert_array_equal(data.items.toarray(), [[1, 1], [0, 1], [1, 0]])


@pytest.mark.parametrize(("user", "item"), [("userId", "movieId"), ("Customer", "product_id")])
def test_usual_names_of_columns_are_known(tmp_path: Path, user: str, item: str) -> None:
    frame = pd.DataFrame(PAIRS, columns=[user, item]).assign(rating=3.5, when="today")
    frame.to_parquet(tmp_path / "shop.parquet")
    assert open_data(tmp_path / "shop.parquet", form="interactions").items.nnz == 4


def test_a_later_table_becomes_the_same_columns_and_unknown_items_are_reported(
    tmp_path: Path,
) -> None:
    first = open_data(table(tmp_path / "shop.csv", PAIRS), form="interactions")
    pairs = [("dee", "coffee"), ("ed", "milk"), ("ed", "cake"), ("dee", "cake")]
    later = table(tmp_path / "later.csv", pairs)
    data = open_data(later, form="interactions", user_items=first.user_items)
    assert data.columns == first.columns
    np.testing.assert_array_equal(data.items.toarray(), [[0, 0], [0, 1]])
    assert [lost.path for lost in data.skipped] == ["coffee", "cake"]


def test_a_part_stays_sparse(tmp_path: Path) -> None:
    data = open_data(table(tmp_path / "shop.csv", PAIRS), form="interactions")
    part = data.subset([2, 0])
    assert np.asarray(part.ids).tolist() == ["cy", "ann"]
    np.testing.assert_array_equal(part.items.toarray(), [[1, 0], [1, 1]])


def test_other_names_are_asked_for(tmp_path: Path) -> None:
    path = table(tmp_path / "shop.csv", PAIRS, "who", "what")
    with pytest.raises(BadInput, match=r"none of them named user; say which it is with --user"):
        open_data(path, form="interactions")
    assert open_data(path, form="interactions", user="who", item="what").items.shape == (3, 2)
    with pytest.raises(BadSetting, match="unknown user column 'whom'; did you mean 'who'"):
        open_data(path, form="interactions", user="whom", item="what")


def test_a_line_without_a_user_is_named(tmp_path: Path) -> None:
    path = table(tmp_path / "shop.csv", [*PAIRS, ("", "tea")])
    with pytest.raises(BadInput, match=r"1 lines without a value in column 'user'.*row 5"):
        open_data(path, form="interactions")


@pytest.mark.parametrize(("name", "form"), [("digits", "interactions"), ("movielens-1m", None)])
def test_built_in_sets_of_the_other_form_are_refused(name: str, form: str | None) -> None:
    with pytest.raises(BadSetting, match="'recommend'"):
        open_data(name, form=form)


def test_pictures_are_no_table_of_users(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((4, 3)))
    with pytest.raises(BadInput, match=r"a \.csv, \.tsv or \.parquet file of users"):
        open_data(tmp_path / "x.npy", form="interactions")


def test_of_several_ratings_the_last_counts(tmp_path: Path) -> None:
    frame = pd.DataFrame(PAIRS, columns=["user", "item"]).assign(rating=[1, 2, 3, 4, 5.5])
    frame.to_csv(tmp_path / "shop.csv", index=False)
    data = open_data(tmp_path / "shop.csv", form="interactions")
    assert data.ratings is not None
    np.testing.assert_array_equal(data.ratings.toarray(), [[5.5, 3], [0, 2], [4, 0]])
    np.testing.assert_array_equal(data.items.toarray(), [[1, 1], [0, 1], [1, 0]])
    part = data.subset([2]).ratings
    assert part is not None
    np.testing.assert_array_equal(part.toarray(), [[4, 0]])


@pytest.mark.parametrize("bad", [0, -1, "good", None])
def test_what_is_no_rating_is_named(tmp_path: Path, bad: object) -> None:
    frame = pd.DataFrame(PAIRS, columns=["user", "item"]).assign(stars=[1, 2, bad, 4, 5])
    frame.to_csv(tmp_path / "shop.csv", index=False)
    with pytest.raises(BadInput, match=r"1 ratings in column 'stars'.*in row 2; add a constant"):
        open_data(tmp_path / "shop.csv", form="interactions")
