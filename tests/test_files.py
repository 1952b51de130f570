from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from isthmus import files
from isthmus.errors import CannotWrite
from isthmus.files import replacing_file, replacing_folder, writing


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def fill(folder: Path, text: str) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "a").write_text(text)


def test_a_file_is_written(tmp_path):
    with replacing_file(tmp_path / "deep" / "a") as temporary:
        temporary.write_text("new")
        assert not (tmp_path / "deep" / "a").exists()
    assert (tmp_path / "deep" / "a").read_text() == "new"
    assert names(tmp_path / "deep") == {"a"}


def test_a_folder_is_replaced_whole(tmp_path):
    for text in ("old", "new"):
        with replacing_folder(tmp_path / "run") as temporary:
            fill(temporary, text)
    (run,) = tmp_path.iterdir()
    assert (run / "inner" / "a").read_text() == "new"


def write_half(replacing, path: Path, error: type[BaseException]) -> None:
    with replacing(path) as temporary:
        if temporary.is_dir():
            fill(temporary, "half")
        else:
            temporary.write_text("half")
        raise error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_body_that_fails_keeps_what_was_there(tmp_path, error):
    file, folder = tmp_path / "a", tmp_path / "run"
    file.write_text("old")
    folder.mkdir()
    fill(folder, "old")
    with pytest.raises(error):
        write_half(replacing_file, file, error)
    with pytest.raises(error):
        write_half(replacing_folder, folder, error)
    assert file.read_text() == "old"
    assert (folder / "inner" / "a").read_text() == "old"
    assert names(tmp_path) == {"a", "run"}


def refuse(number: int):
    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_disk_that_refuses_is_said_in_words(tmp_path, monkeypatch, number, words, step):
    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(files.os, step, refuse(number))
    with pytest.raises(CannotWrite, match=words) as caught, replacing_file(path) as temporary:
        temporary.write_text("new")
    assert str(path) in str(caught.value)
    assert path.read_text() == "old"
    assert names(tmp_path) == {"a"}


def test_a_full_device_is_said_in_words():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    with pytest.raises(CannotWrite, match="disk is full"), writing(full):
        full.write_text("x")


@pytest.mark.parametrize("failing", [1, 2])
def test_a_folder_that_cannot_be_moved_leaves_the_old_one(tmp_path, monkeypatch, failing):
    path = tmp_path / "run"
    path.mkdir()
    fill(path, "old")
    real, calls = os.rename, []

    def rename(*args):
        calls.append(args)
        if len(calls) == failing:
            refuse(errno.EIO)()
        real(*args)

    monkeypatch.setattr(files.os, "rename", rename)
    with pytest.raises(CannotWrite), replacing_folder(path) as temporary:
        fill(temporary, "new")
    assert (path / "inner" / "a").read_text() == "old"
    assert names(tmp_path) == {"run"}


def test_a_path_through_a_file_is_refused(tmp_path):
    (tmp_path / "a").write_text("x")
    for replacing in (replacing_file, replacing_folder):
        with pytest.raises(CannotWrite), replacing(tmp_path / "a" / "b"):
            pass


def test_permissions_are_the_users_usual_ones(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing_file(tmp_path / "a") as temporary:
            temporary.write_text("x")
        with replacing_folder(tmp_path / "run") as temporary:
            fill(temporary, "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o750
