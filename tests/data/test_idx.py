from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isthmus.data import open_data
from isthmus.data.idx import open_idx_folder, read_idx
from isthmus.errors import BadFile, BadInput

TYPES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def write_idx(path: Path, array: np.ndarray) -> Path:
    kind = array.dtype.str[1:]
    header = struct.pack(f">HBB{array.ndim}I", 0, TYPES[kind], array.ndim, *array.shape)
    content = header + array.astype(">" + kind).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@given(
    array=hnp.arrays(
        dtype=st.sampled_from(sorted(TYPES)),
        shape=hnp.array_shapes(min_dims=1, max_dims=4, max_side=5),
    ),
    suffix=st.sampled_from(["", ".gz"]),
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip(tmp_path: Path, array: np.ndarray, suffix: str) -> None:
    read = read_idx(write_idx(tmp_path / f"a-idx-ubyte{suffix}", array))
    assert read.dtype == array.dtype
    assert read.dtype.isnative
    assert read.flags.writeable
    np.testing.assert_array_equal(read, array)


def images(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 4, 3), dtype=np.uint8)


def write_mnist(folder: Path, suffix: str = ".gz") -> None:
    for part, n in (("train", 5), ("t10k", 2)):
        write_idx(folder / f"{part}-images-idx3-ubyte{suffix}", images(n, seed=n))
        labels = np.arange(n, dtype=np.uint8)
        write_idx(folder / f"{part}-labels-idx1-ubyte{suffix}", labels)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_folder_with_its_official_split(tmp_path: Path, suffix: str) -> None:
    write_mnist(tmp_path, suffix)
    data = open_data(tmp_path)
    np.testing.assert_array_equal(data.items, images(5, seed=5))
    assert data.labels is not None
    assert data.labels.tolist() == ["0", "1", "2", "3", "4"]
    assert data.test is not None
    np.testing.assert_array_equal(data.test.items, images(2, seed=2))


def test_label_names(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    data = open_idx_folder(tmp_path, label_names=list("abcde"))
    assert data.labels is not None
    assert data.labels.tolist() == list("abcde")
    with pytest.raises(BadInput, match="holds label 4; expected 0 to 2"):
        open_idx_folder(tmp_path, label_names=list("abc"))


def test_a_test_part_alone(tmp_path: Path) -> None:
    write_idx(tmp_path / "t10k-images-idx3-ubyte", images(2))
    data = open_data(tmp_path)
    assert len(data) == 2
    assert data.labels is None
    assert data.test is None


def test_several_sets_in_one_folder(tmp_path: Path) -> None:
    for name in ("letters-train", "digits-train"):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte", images(2))
    with pytest.raises(BadInput, match="digits-train, letters-train"):
        open_data(tmp_path)


def test_labels_of_another_length(tmp_path: Path) -> None:
    write_idx(tmp_path / "train-images-idx3-ubyte", images(3))
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(2, np.uint8))
    with pytest.raises(BadInput, match="3 items came with 2 labels"):
        open_data(tmp_path)


def test_a_single_file(tmp_path: Path) -> None:
    data = open_data(write_idx(tmp_path / "some-images-idx3-ubyte.gz", images(3)))
    np.testing.assert_array_equal(data.items, images(3))
    assert data.name == "some-images-idx3-ubyte"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "states 36"),
        (lambda content: content + b"x", "states 36"),
        (lambda content: b"\x00\x01" + content[2:], "is no IDX file"),
        (lambda content: content[:2] + b"\x0a" + content[3:], "is no IDX file"),
        (lambda content: content[:9], "is no IDX file"),
        (lambda content: b"", "is no IDX file"),
    ],
)
def test_damaged_files(tmp_path: Path, change: object, message: str) -> None:
    path = write_idx(tmp_path / "a-images-idx3-ubyte", images(3))
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BadFile, match=message):
        open_data(path)


def test_damaged_gzip(tmp_path: Path) -> None:
    path = write_idx(tmp_path / "a-images-idx3-ubyte.gz", images(3))
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(BadFile, match="damaged gzip file"):
        open_data(path)
