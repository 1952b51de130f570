from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.data import open_data
from isthmus.errors import BadFile, BadInput

RNG = np.random.default_rng(0)


def save(path: Path, array: object) -> Path:
    np.save(path, array, allow_pickle=True)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("shape", "kind"), [((6, 3), "table"), ((6, 5, 4), "images"), ((6, 5, 4, 3), "images")]
)
def test_npy_stays_on_disk(tmp_path: Path, shape: tuple[int, ...], kind: str) -> None:
    array = RNG.random(shape).astype(np.float32)
    data = open_data(save(tmp_path / "some.v1.npy", array))
    assert isinstance(data.items, np.memmap)
    assert not data.items.flags.writeable
    np.testing.assert_array_equal(data.items, array)
    assert data.kind == kind
    assert data.columns == (("x0", "x1", "x2") if kind == "table" else None)
    assert data.ids.tolist() == list("012345")
    assert data.name == "some.v1"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.array([[[0, 255]]]), np.uint8),
        (np.array([[[0, 256]]]), np.uint16),
        (np.array([[[0, 65535]]], dtype=">u2"), np.uint16),
        (np.array([[[0.0, 1.0]]], dtype=">f4"), np.float32),
    ],
)
def test_images_get_a_type_that_training_knows(
    tmp_path: Path, given: np.ndarray, expected: type
) -> None:
    items = open_data(save(tmp_path / "a.npy", given)).items
    assert items.dtype == expected
    assert items.dtype.isnative
    np.testing.assert_array_equal(items, given)


def test_boolean_images_are_black_and_white(tmp_path: Path) -> None:
    items = open_data(save(tmp_path / "a.npy", np.array([[[False, True]]]))).items
    assert items.dtype == np.uint8
    assert items.tolist() == [[[0, 255]]]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"shape \(3,\); expected \(n, columns\)"),
        (np.zeros((1, 1, 1, 1, 1)), "expected"),
        (np.zeros((0, 3)), "empty"),
        (np.zeros((2, 3, 8, 9)), "Move the channels last"),
        (np.zeros((2, 9, 8, 9)), "with 1 to 4 channels"),
        (np.zeros((2, 3), complex), "expected real numbers"),
        (np.array([["a"]]), "expected real numbers"),
        (np.array([[[-1, 3]]]), "from -1 to 3"),
        (np.array([[[1, 70000]]]), "from 1 to 70000"),
        (np.array([["a", 1]], dtype=object), "Python objects"),
    ],
)
def test_refused_arrays(tmp_path: Path, array: np.ndarray, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        open_data(save(tmp_path / "a.npy", array))


def test_damaged_npy(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npy", np.zeros((20, 20)))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadFile, match="cut short"):
        open_data(path)
    path.write_bytes(b"text")
    with pytest.raises(BadFile, match=r"is no \.npy file"):
        open_data(path)


def test_keras_npz(tmp_path: Path) -> None:
    path = tmp_path / "keras.npz"
    train, test = RNG.random((4, 2, 2)), RNG.random((3, 2, 2))
    np.savez(
        path,
        x_train=train,
        y_train=np.array([[5], [6], [7], [8]]),
        x_test=test,
        y_test=np.array([[1], [2], [3]]),
    )
    data = open_data(path)
    np.testing.assert_array_equal(data.items, train)
    assert data.labels is not None
    assert data.labels.tolist() == ["5", "6", "7", "8"]
    assert data.test is not None
    np.testing.assert_array_equal(data.test.items, test)
    assert data.test.labels is not None
    assert data.test.labels.tolist() == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["images", "X", "x", "data", "counts", "anything"])
def test_npz_items_by_name_or_alone(tmp_path: Path, name: str) -> None:
    array = RNG.random((4, 2))
    np.savez(tmp_path / "a.npz", **{name: array})
    data = open_data(tmp_path / "a.npz")
    np.testing.assert_array_equal(data.items, array)
    assert data.labels is None
    assert data.test is None


def test_npz_with_split_names_and_ids(tmp_path: Path) -> None:
    images = RNG.integers(0, 256, (4, 2, 2), dtype=np.uint8)
    np.savez(
        tmp_path / "a.npz",
        images=images,
        label=np.array([0, 1, 1, 0], np.uint8),
        class_names=np.array(["ash", "dust"]),
        file_name=np.array(["p", "q", "r", "s"]),
        test=np.array([0, 1, 0, 0], np.uint8),
        features=np.zeros((4, 17)),
    )
    data = open_data(tmp_path / "a.npz")
    assert data.ids.tolist() == ["p", "r", "s"]
    assert data.labels is not None
    assert data.labels.tolist() == ["ash", "dust", "ash"]
    np.testing.assert_array_equal(data.items, images[[0, 2, 3]])
    assert data.test is not None
    assert data.test.ids.tolist() == ["q"]
    assert data.test.labels is not None
    assert data.test.labels.tolist() == ["dust"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros((2, 2)), "b": np.zeros(3)}, r"holds a \(2, 2\), b \(3,\); expected items"),
        ({}, "holds nothing"),
        ({"X": np.zeros((3, 2)), "y": np.zeros(2)}, r"3 items and labels of shape \(2,\)"),
        ({"X": np.array([[None]])}, "Python objects"),
    ],
)
def test_refused_npz(tmp_path: Path, arrays: dict[str, np.ndarray], message: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(BadInput, match=message):
        open_data(tmp_path / "a.npz")


def test_damaged_npz(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, X=RNG.random((50, 50)))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(BadFile, match=r"a\.npz is damaged"):
        open_data(path)
    path.write_bytes(b"")
    with pytest.raises(BadFile, match=r"a\.npz is damaged"):
        open_data(path)


def test_real_adbench(real_data: Path) -> None:
    for path in sorted((real_data / "adbench").glob("*.npz"))[:8]:
        data = open_data(path)
        assert data.kind == "table"
        assert data.labels is not None
        assert set(data.labels) == {"0", "1"}


def test_real_plankton(real_data: Path) -> None:
    data = open_data(real_data / "plankton64.npz")
    assert data.items.shape[1:] == (64, 64)
    assert data.test is not None
    assert len(data) + len(data.test) == 10_307
    assert data.labels is not None
    assert len(set(data.labels)) == 121
