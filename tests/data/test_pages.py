"""Items from all over a mapped file: which come back, and which bytes are asked for."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from isthmus.data.pages import Pages

SHAPE, BEFORE = (3000, 7, 5), 70_000
VIEWS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "whole": lambda items: items,
    "part": lambda items: items[100:2000],
    "every third": lambda items: items[::3],
    "flat": lambda items: items.reshape(len(items), -1),
    "backwards": lambda items: items[::-1],
}
IN_PIECES: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "every second row": lambda items: items[:, ::2],
    "last axis first": lambda items: items.transpose(2, 0, 1),
}


@pytest.fixture
def mapped(tmp_path: Path) -> np.memmap[Any, Any]:
    """Items behind other bytes, more than a page of them."""
    path = tmp_path / "items.bin"
    values = np.random.default_rng(0).integers(0, 2**16, SHAPE).astype(np.uint16)
    path.write_bytes(bytes(BEFORE) + values.tobytes())
    return np.memmap(path, np.uint16, "r", BEFORE, SHAPE)


class Recorder:
    """A map that keeps what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def madvise(self, option: int, *where: int) -> None:
        if where:
            self.asked.append(where)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("view", VIEWS | IN_PIECES)
def test_picked_items_are_those_of_numpy(
    mapped: np.memmap[Any, Any], view: str, kind: type[np.integer[Any]]
) -> None:
    items = (VIEWS | IN_PIECES)[view](mapped)
    which = np.random.default_rng(1).integers(-len(items), len(items), 200).astype(kind)
    np.testing.assert_array_equal(Pages(items).picked(which), np.asarray(items)[which])


@pytest.mark.parametrize("place", [SHAPE[0], -SHAPE[0] - 1, 10**9])
def test_a_place_outside_is_an_index_error(mapped: np.memmap[Any, Any], place: int) -> None:
    with pytest.raises(IndexError):
        Pages(mapped).picked(np.array([0, place]))


@pytest.mark.parametrize("view", IN_PIECES)
def test_items_in_pieces_are_not_asked_for(mapped: np.memmap[Any, Any], view: str) -> None:
    pages, recorder = Pages(IN_PIECES[view](mapped)), Recorder()
    pages._map = recorder  # type: ignore[assignment]
    pages.picked(np.array([0, 1]))
    assert recorder.asked == []


@pytest.mark.skipif(not hasattr(mmap, "MADV_WILLNEED"), reason="this system takes no advice")
@pytest.mark.parametrize("view", VIEWS)
def test_the_bytes_of_each_item_and_no_more_than_its_pages_are_asked_for(
    mapped: np.memmap[Any, Any], view: str
) -> None:
    items = VIEWS[view](mapped)
    pages, recorder = Pages(items), Recorder()
    of_map = bytes(pages._map or b"")
    pages._map = recorder  # type: ignore[assignment]
    which = np.array([0, 1, len(items) // 2, len(items) - 1])
    pages.picked(which)
    for index, (begin, length) in zip(which, recorder.asked, strict=True):
        wanted = np.asarray(items[index]).tobytes()
        assert of_map[begin : begin + length].endswith(wanted)
        assert begin % mmap.PAGESIZE == 0
        assert length < len(wanted) + mmap.PAGESIZE


def test_places_beyond_32_bits(tmp_path: Path) -> None:
    """A sparse file of 12 GB, which takes hardly any disk."""
    items = np.memmap(tmp_path / "items.bin", np.float32, "w+", shape=(1_000_000, 3000))
    items[999_999] = 7
    picked = Pages(items).picked(np.array([999_999, 0], np.int32))
    assert picked[0].min() == 7
    assert not picked[1].any()
