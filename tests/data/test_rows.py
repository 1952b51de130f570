from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data import pages
from isthmus.data import rows as module
from isthmus.data.rows import Chunks, Rows, held_out_split
from isthmus.data.scaling import fit_scaling


@pytest.fixture(params=["uint8", "uint16", "float32", "float64"])
def items(request) -> np.ndarray:
    numbers = np.random.default_rng(0).random((40, 5, 4, 3))
    return (numbers * 200).astype(request.param)


def scaled(items: np.ndarray) -> Rows:
    return Rows(items, fit_scaling("auto", items.dtype, Chunks(items)))


def test_a_memory_map_reads_like_an_array(items, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_BYTES", 3000)
    monkeypatch.setattr(pages, "PAGES_KEPT_BYTES", 1)
    np.save(tmp_path / "items.npy", items)
    ours, theirs = scaled(items), scaled(np.load(tmp_path / "items.npy", mmap_mode="r"))
    for _ in range(2):
        for indices in (np.array([3, 0, 39]), slice(5, 9)):
            assert ours.batch(indices).equal(theirs.batch(indices))
        for a, b in zip(ours.chunks(), theirs.chunks(), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_changes_to_a_memory_map_are_not_lost(mode, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "PAGES_KEPT_BYTES", 1)
    np.save(tmp_path / "items.npy", np.zeros((8, 4096)))
    mapped = np.load(tmp_path / "items.npy", mmap_mode=mode)
    mapped += 1.0
    rows = Rows(mapped, fit_scaling("none", mapped.dtype, Chunks(mapped)))
    rows.batch(np.arange(8))
    assert sum(len(chunk) for chunk in rows.chunks()) == 8
    np.testing.assert_array_equal(mapped, 1.0)


def test_reading_never_changes_or_shares_the_users_array():
    items = np.random.default_rng(0).random((6, 3)).astype(np.float32)
    before = items.copy()
    rows = Rows(items, fit_scaling("none", items.dtype, Chunks(items)))
    batch = rows.batch(slice(0, 6))
    batch.zero_()
    for chunk in rows.chunks():
        chunk[:] = 0
    np.testing.assert_array_equal(items, before)


def test_grey_pictures_get_a_channel():
    assert scaled(np.zeros((3, 5, 4))).batch(slice(0, 2)).shape == (2, 5, 4, 1)
    assert scaled(np.zeros((3, 5))).batch(slice(0, 2)).shape == (2, 5)


def test_a_batch_is_scaled_as_precisely_as_its_type_allows():
    # The deviation is a milliardth of the mean: subtracting must come before rounding.
    items = 1e9 + np.random.default_rng(0).standard_normal((50, 3))
    rows = Rows(items, fit_scaling("columns", items.dtype, Chunks(items)))
    wanted = (items - items.mean(0)) / items.std(0)
    np.testing.assert_allclose(rows.batch(slice(0, 50), np.float64).numpy(), wanted, atol=1e-6)
    np.testing.assert_allclose(rows.batch(slice(0, 50)).numpy(), wanted, atol=1e-5)


@given(n=st.integers(1, 60), per_chunk=st.integers(1, 70), some=st.booleans())
def test_chunks_are_the_items_in_order(n, per_chunk, some):
    items = np.arange(3.0 * n).reshape(n, 3)
    indices = np.arange(0, n, 2) if some else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK_BYTES", 8 * 3 * per_chunk)
        chunks = Chunks(items, indices)
        pieces = list(chunks)
    assert len(chunks) == len(pieces)
    assert all(0 < len(piece) <= per_chunk for piece in pieces)
    np.testing.assert_array_equal(np.concatenate(pieces), items if indices is None else items[::2])
    assert len(list(chunks)) == len(pieces), "a second pass"


@given(n=st.integers(2, 500), share=st.floats(0, 0.9), seed=st.integers(0, 2**31 - 2))
def test_a_split_is_a_partition(n, share, seed):
    kept, held_out = held_out_split(n, share, seed)
    assert sorted([*kept, *held_out]) == list(range(n))
    assert len(kept) >= 1
    assert (len(held_out) == 0) == (share == 0)
    if share:
        assert len(held_out) == pytest.approx(n * share, abs=1)
    again = held_out_split(n, share, seed)
    np.testing.assert_array_equal(held_out, again[1])
    assert (np.diff(held_out) > 0).all()


def test_a_split_holds_out_no_more_than_is_useful():
    kept, held_out = held_out_split(1000, 0.5, 0, largest=30)
    assert (len(kept), len(held_out)) == (970, 30)


def test_a_split_is_drawn_evenly():
    counts = np.zeros(20)
    for seed in range(2000):
        counts[held_out_split(20, 0.25, seed)[1]] += 1
    np.testing.assert_allclose(counts / 2000, 0.25, atol=0.05)
