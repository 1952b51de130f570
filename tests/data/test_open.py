from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.data import TableEncoding, open_data
from isthmus.errors import BadInput, BadSetting, NoData


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(NoData, match=r"'mnits'\. Did you mean 'mnist'\?.*folder of images"):
        open_data("mnits")


def test_a_missing_path_lists_what_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"an \.npz file.*built-in set: digits"):
        open_data(tmp_path / "nothing.csv")


def test_a_name_goes_before_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digits").mkdir()
    np.save("digits/a.npy", np.zeros((2, 2)))
    assert len(open_data("digits")) == 1797
    for path in ("./digits", Path("digits")):
        with pytest.raises(BadInput, match="holds no images"):
            open_data(path)


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    assert open_data("~/a.npy").items.shape == (2, 2)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(NoData, match=r"a\.npy cannot be read: permission denied"):
        open_data(tmp_path / "a.npy")


def test_archives_are_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"")
    with pytest.raises(BadInput, match="unpack it"):
        open_data(tmp_path / "a.tar.gz")


def test_unknown_forms(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"")
    with pytest.raises(BadInput, match=r"of no form that is read; expected .*\.parquet"):
        open_data(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("size", (4, 4)),
        ("strict", True),
        ("label", "a"),
        ("id", "a"),
        ("table", TableEncoding(())),
    ],
)
def test_settings_that_do_not_fit(tmp_path: Path, setting: str, value: object) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    with pytest.raises(BadSetting, match=f"does not take '{setting}'"):
        open_data(tmp_path / "a.npy", **{setting: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(0, 4), (4, 5000), (4,), (4.0, 4.0)])
def test_sizes_out_of_range(tmp_path: Path, size: object) -> None:
    with pytest.raises(BadSetting, match=r"expected \(height, width\)"):
        open_data(tmp_path, size=size)  # type: ignore[arg-type]
