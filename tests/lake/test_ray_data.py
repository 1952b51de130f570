"""The same pieces by an actor of Ray: the files are those of the plain engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.errors import BadFile
from isthmus.lake import encode_lake

ray = pytest.importorskip("ray")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").exists(), reason="actors are found in /proc"),
    # Ray warns of settings of its own; what it starts lives as long as it likes.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """One processor of this machine."""
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


def test_the_files_are_the_same_also_where_workers_die(
    cluster: None, run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    plain, out = tmp_path / "plain", tmp_path / "ray"
    encode_lake(run_of_rows, str(lake), str(plain))
    killed: list[int] = []

    def kill(what: str, done: int, total: int) -> None:
        if what == "encoding" and not killed:
            killed.append(one_worker())
            os.kill(killed[0], 9)

    damaged = lake / "b" / "c.parquet"
    good = damaged.read_bytes()
    damaged.write_bytes(good[:4] + bytes(200) + good[204:])
    with pytest.raises(BadFile, match="1 of 11 pieces"):
        encode_lake(run_of_rows, str(lake), str(out), engine="ray", progress=kill)
    assert killed
    damaged.write_bytes(good)
    # What one engine began another ends.
    assert encode_lake(run_of_rows, str(lake), str(out)).n_before == 10
    files = sorted(path.name for path in out.iterdir())
    assert files == sorted(path.name for path in plain.iterdir())
    for name in files[1:]:
        assert (out / name).read_bytes() == (plain / name).read_bytes()


def one_worker() -> int:
    """The process of an actor: a child of the raylet, which is a child of this process."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::MapWorker"):
                pid = int(path.parent.name)
                if parent(parent(pid)) == os.getpid():
                    return pid
        except OSError:  # it has just ended
            continue
    raise AssertionError("there is no actor")


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
