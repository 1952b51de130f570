"""Texts on disk: read like an array, and not brought into memory as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isthmus.data.words import Words

pa = pytest.importorskip("pyarrow")
SMAPS = Path("/proc/self/smaps")


@pytest.mark.parametrize(
    "which",
    [3, -1, np.int64(2), slice(2, 9, 3), slice(1, 6), [4, 0, -2], np.arange(12) % 5 == 0, []],
)
def test_words_are_read_like_an_array(which: Any) -> None:
    texts = [f"{i % 7}-word" for i in range(11)] + [""]
    column = pa.chunked_array([texts[:5], [*texts[5:11], None]])
    words, array = Words(column), np.array(texts)
    read = words[which]
    which = np.array(which, int) if isinstance(which, list) else which
    np.testing.assert_array_equal(np.asarray(read), array[which])
    assert isinstance(read, str) or read.tolist() == array[which].tolist()
    assert len(words) == 12
    assert words.tolist() == texts


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file of 200,000 words in four pieces."""
    path = tmp_path / "words.arrow"
    with pa.ipc.new_file(path, pa.schema([("id", pa.string())])) as writer:
        for start in range(0, 200_000, 50_000):
            texts = [f"word-{i}" for i in range(start, start + 50_000)]
            writer.write_table(pa.table({"id": texts}))
    return path


def test_scattered_words_do_not_bring_the_others_into_memory(many: Path) -> None:
    words = Words.mapped(many)["id"]
    which = np.random.default_rng(0).integers(0, len(words), 500)
    usual, counted = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(counted)
    try:
        found = words[which]
    finally:
        pa.set_memory_pool(usual)
    assert found.tolist() == [f"word-{i}" for i in which]
    assert counted.max_memory() < many.stat().st_size / 100


@pytest.mark.skipif(not SMAPS.exists(), reason="only Linux counts a map's pages")
def test_read_pages_are_let_go(many: Path) -> None:
    words = Words.mapped(many)["id"]
    reads = (
        lambda: words[np.arange(0, len(words), 1000)],
        lambda: words[:70_000].tolist(),
        lambda: np.asarray(words[150_000:]),
    )
    for read in reads:
        words[5]  # a single word is too little to let go of
        assert _resident(many) > 0
        read()
        assert _resident(many) == 0


def _resident(path: Path) -> int:
    """Bytes of a mapped file that are in memory."""
    lines = iter(SMAPS.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.endswith(str(path)):
            found = next(more for more in lines if more.startswith("Rss:"))
            return int(found.split()[1]) * 1024
    raise AssertionError(f"{path} is not mapped")
