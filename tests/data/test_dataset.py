from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.data import Dataset, open_data
from isthmus.data.cache import cache_folder
from isthmus.data.dataset import RowNumbers, as_text
from isthmus.errors import BadInput


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    np.save(tmp_path / "a.npy", np.arange(24).reshape(4, 2, 3).astype(np.uint8))
    return replace(open_data(tmp_path / "a.npy"), labels=np.array(list("wxyz")))


@pytest.mark.parametrize(
    ("indices", "chosen"),
    [([3, 0], [3, 0]), (np.array([True, False, False, True]), [0, 3]), ([], [])],
)
def test_subset(data: Dataset, indices: object, chosen: list[int]) -> None:
    part = data.subset(indices)  # type: ignore[arg-type]
    np.testing.assert_array_equal(
        part.items, [data.items[i] for i in chosen] or np.empty((0, 2, 3))
    )
    assert part.ids.tolist() == [str(i) for i in chosen]
    assert part.labels is not None
    assert part.labels.tolist() == ["wxyz"[i] for i in chosen]
    assert not isinstance(part.items, np.memmap)


def test_lengths_must_match(data: Dataset) -> None:
    with pytest.raises(BadInput, match="4 items came with 3 ids"):
        replace(data, ids=data.ids[:3])
    with pytest.raises(BadInput, match="4 items came with 2 labels"):
        replace(data, labels=np.array(["a", "b"]))


def test_it_prints_as_one_line(data: Dataset) -> None:
    assert repr(replace(data, test=data)) == (
        "<Dataset a: images (4, 2, 3) uint8, 4 labels, test 4>"
    )


@pytest.mark.parametrize(
    "which", [3, -1, np.int64(2), slice(2, 9, 3), [4, 0], np.arange(12) % 5 == 0, slice(5, 5)]
)
def test_row_numbers_are_read_like_an_array(which: object) -> None:
    numbers, array = RowNumbers(range(12)), np.arange(12).astype(str)
    read = numbers[which]
    np.testing.assert_array_equal(np.asarray(read), array[which])  # type: ignore[call-overload]
    assert read == array[which] if isinstance(read, str) else read.tolist() == list(array[which])  # type: ignore[call-overload]
    assert len(numbers) == 12
    assert list(numbers) == list(array)
    assert "11" in numbers
    assert "12" not in numbers


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([1.0, np.nan]), ["1", ""]),
        (np.array([1.5, 2.0]), ["1.5", "2.0"]),
        (np.array([3, 4], np.uint8), ["3", "4"]),
        (np.array([b"ab"]), ["ab"]),
        (np.array([True]), ["True"]),
    ],
)
def test_labels_as_text(values: np.ndarray, expected: list[str]) -> None:
    assert as_text(values).tolist() == expected


def test_place_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("ISTHMUS_CACHE", "~/here")
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("ISTHMUS_CACHE")
    assert cache_folder() == tmp_path / ".cache" / "isthmus"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "isthmus"
