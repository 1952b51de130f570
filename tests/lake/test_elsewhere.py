"""Input and output that lie on other file systems."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from isthmus import open_data
from isthmus.errors import BadInput, CannotWrite, MissingExtra, NoData
from isthmus.files import replacing_file, replacing_folder
from isthmus.lake import encode_lake
from isthmus.runs.codes_file import read_codes


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("ISTHMUS_CACHE", str(folder))
    return folder


@pytest.fixture
def memory() -> Iterator[Any]:
    """A file system that is nowhere on disk."""
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Serves the folder of the test over HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_lake_elsewhere_gives_the_same_codes(
    run_of_rows: Path, lake: Path, tmp_path: Path, memory: Any
) -> None:
    encode_lake(run_of_rows, str(lake), str(tmp_path / "codes"))
    memory.put(str(lake), "/bucket/lake", recursive=True)
    pattern, out = "memory://bucket/lake/**/*.parquet", "memory://bucket/codes"
    assert encode_lake(run_of_rows, pattern, out).n_before == 0
    for path in (tmp_path / "codes").glob("part-*"):
        assert memory.cat_file(f"/bucket/codes/{path.name}") == path.read_bytes()
    memory.rm("/bucket/codes/part-000001-000000.parquet")
    found = encode_lake(run_of_rows, pattern, out)
    assert (found.n_pieces - found.n_before, found.n_rows) == (1, 90)
    ids, codes = read_codes(out)
    assert ids.tolist() == [f"row-{i}" for i in range(1000)]
    np.testing.assert_array_equal(codes, read_codes(tmp_path / "codes")[1])


def test_a_lake_on_the_web(run_of_rows: Path, lake: Path, tmp_path: Path, served: str) -> None:
    encode_lake(run_of_rows, f"{served}/lake/*.parquet", str(tmp_path / "codes"))
    assert read_codes(tmp_path / "codes")[0].tolist() == [f"row-{i}" for i in range(250)]


def test_data_elsewhere_are_fetched_once(
    tmp_path: Path, memory: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.arange(12.0).reshape(4, 3)
    np.save(tmp_path / "rows.npy", rows)
    memory.put_file(str(tmp_path / "rows.npy"), "/bucket/rows.npy")
    data = open_data("memory://bucket/rows.npy")
    np.testing.assert_array_equal(data.items, rows)
    assert (data.name, data.source) == ("rows", "array in memory://bucket/rows.npy")
    assert isinstance(data.items.base, np.memmap) or isinstance(data.items, np.memmap)
    with monkeypatch.context() as patch:
        patch.setattr(memory, "get_file", None)
        open_data("memory://bucket/rows.npy")
    np.save(tmp_path / "rows.npy", rows + 1)
    memory.put_file(str(tmp_path / "rows.npy"), "/bucket/rows.npy")
    np.testing.assert_array_equal(open_data("memory://bucket/rows.npy").items, rows + 1)


def test_folders_and_web_addresses_are_fetched(
    tmp_path: Path, memory: Any, lake: Path, served: str
) -> None:
    memory.put(str(lake / "b"), "/bucket/b", recursive=True)
    assert len(open_data("memory://bucket/b")) == 750
    assert len(open_data(f"{served}/lake/a.parquet?signature=x")) == 250
    assert len(open_data(f"file://{lake}/a.parquet")) == 250


def test_what_leads_out_of_the_cache_is_refused(memory: Any, cache: Path) -> None:
    with memory.open("/x", "wb") as file:
        file.write(b"a,b\n1,2\n")
    memory.store["/bucket/../../evil.csv"] = memory.store["/x"]
    with pytest.raises(BadInput, match="leads out of its folder"):
        open_data("memory://bucket")
    assert not list(cache.parent.rglob("evil.csv"))


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("memory://none/rows.npy", NoData, "nothing at memory://none"),
        ("http://127.0.0.1:1/rows.npy", NoData, "127.0.0.1:1/rows.npy"),
        ("nosuch://rows.npy", NoData, "Protocol not known"),
        ("sftp://host/rows.npy", MissingExtra, "pip install"),
    ],
)
def test_what_cannot_be_reached_is_one_line(
    address: str, error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "paramiko", None)
    with pytest.raises(error, match=words) as caught:
        open_data(address)
    assert "\n" not in str(caught.value)


def test_files_and_folders_are_written_elsewhere(memory: Any) -> None:
    with replacing_file("memory://bucket/a.txt") as temporary:
        temporary.write_text("new")
        assert not memory.exists("/bucket/a.txt")
    assert memory.cat_file("/bucket/a.txt") == b"new"
    for text in ("old", "new"):
        with replacing_folder("memory://bucket/run") as folder:
            (folder / text).mkdir()
            (folder / text / "a").write_text(text)
    assert memory.find("/bucket/run") == ["/bucket/run/new/a"]


def test_what_failed_is_not_written_elsewhere(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> None:
        with replacing_file("memory://bucket/a.txt") as temporary:
            temporary.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert not memory.exists("/bucket/a.txt")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("Forbidden")

    monkeypatch.setattr(type(memory), "put_file", refuse)
    with (
        pytest.raises(CannotWrite, match=r"memory://bucket/a\.txt: Forbidden"),
        replacing_file("memory://bucket/a.txt") as temporary,
    ):
        temporary.write_text("new")
