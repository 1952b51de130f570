"""Models on disk: a round trip, and refusals."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError

from isthmus import Autoencoder, load
from isthmus.errors import BadFile, NoData
from isthmus.model_files import CONFIG, FORMAT_VERSION, WEIGHTS, _digest

X = load_digits().images[:200]


@pytest.fixture(scope="module")
def fitted() -> Autoencoder:
    return Autoencoder(6, training={"epochs": 2}, random_state=0).fit(X)


@pytest.fixture
def folder(fitted: Autoencoder, tmp_path: Path) -> Path:
    fitted.save(tmp_path / "model")
    return tmp_path / "model"


def rewrite(folder: Path, **changes: object) -> None:
    """Change the config as someone would who also mends its digest."""
    config = json.loads((folder / CONFIG).read_text())
    config.update(changes)
    config["sha256"] = _digest(config)
    (folder / CONFIG).write_text(json.dumps(config))


def test_round_trip_is_exact(fitted: Autoencoder, folder: Path) -> None:
    loaded = load(folder)
    codes = fitted.transform(X)
    np.testing.assert_array_equal(loaded.transform(X), codes)
    np.testing.assert_array_equal(
        loaded.inverse_transform(codes[:, :3]), fitted.inverse_transform(codes[:, :3])
    )
    np.testing.assert_array_equal(loaded.score_samples(X), fitted.score_samples(X))
    assert loaded.history_ == fitted.history_
    assert loaded.settings() == json.loads(json.dumps(fitted.settings()))


def test_column_names_and_scaling_survive(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        np.random.default_rng(0).normal(5, [1, 100, 0.01], (60, 3)), columns=["a", "b", "c"]
    )
    ae = Autoencoder(2, scale="columns", training={"epochs": 1}, random_state=0).fit(frame)
    ae.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert list(loaded.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(loaded.transform(frame), ae.transform(frame))


def test_only_json_and_tensors_are_written(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", CONFIG, WEIGHTS]
    json.loads((folder / CONFIG).read_text())
    assert all(isinstance(a, np.ndarray) for a in load_file(folder / WEIGHTS).values())


def test_every_flipped_byte_of_the_config_is_noticed(folder: Path) -> None:
    clean = (folder / CONFIG).read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(clean), 300):
        damaged = bytearray(clean)
        damaged[place] ^= 1 << int(rng.integers(8))
        (folder / CONFIG).write_bytes(bytes(damaged))
        try:
            loaded = load(folder)
        except BadFile:
            continue
        # What JSON reads alike (a space for a line feed) is no damage.
        assert json.loads(bytes(damaged)) == json.loads(clean)
        assert loaded.n_components_ == 6


def test_flipped_and_truncated_weights_are_refused(folder: Path) -> None:
    clean = (folder / WEIGHTS).read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(clean), 50):
        damaged = bytearray(clean)
        damaged[place] ^= 1 << int(rng.integers(8))
        (folder / WEIGHTS).write_bytes(bytes(damaged))
        with pytest.raises(BadFile, match="damaged"):
            load(folder)
    for length in (0, 7, len(clean) // 2, len(clean) - 1):
        (folder / WEIGHTS).write_bytes(clean[:length])
        with pytest.raises(BadFile, match="damaged"):
            load(folder)


def test_truncated_config_is_refused(folder: Path) -> None:
    clean = (folder / CONFIG).read_bytes()
    for length in (0, 1, len(clean) // 2, len(clean) - 2):
        (folder / CONFIG).write_bytes(clean[:length])
        with pytest.raises(BadFile):
            load(folder)


def test_newer_format_says_to_upgrade(folder: Path) -> None:
    rewrite(folder, format_version=FORMAT_VERSION + 1)
    with pytest.raises(BadFile, match="upgrade"):
        load(folder)


def test_missing_key_is_named(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text())
    del config["scaling"]
    config["sha256"] = _digest(config)
    (folder / CONFIG).write_text(json.dumps(config))
    with pytest.raises(BadFile, match="scaling"):
        load(folder)


def test_wrong_shape_is_refused(folder: Path) -> None:
    import hashlib

    tensors = load_file(folder / WEIGHTS)
    name = sorted(tensors)[0]
    tensors[name] = np.zeros((2, 2), np.float32)
    save_file(tensors, folder / WEIGHTS)
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    rewrite(folder, weights_sha256=digest)
    with pytest.raises(BadFile, match="fit each other"):
        load(folder)


def test_pickled_config_is_not_run(folder: Path) -> None:
    class Bomb:
        def __reduce__(self) -> object:
            return (pytest.fail, ("code ran",))

    (folder / CONFIG).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(BadFile):
        load(folder)


def test_no_model_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=CONFIG):
        load(tmp_path)


def test_unfitted_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        Autoencoder().save(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_failed_write_leaves_the_old_model(
    fitted: Autoencoder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("isthmus.model_files.model_card", refuse)
    with pytest.raises(OSError, match="disk is full"):
        fitted.save(folder)
    assert load(folder).n_components_ == 6
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
