"""An interrupted fit that goes on is, to the last bit, the fit that was never interrupted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadFile, BadSetting
from isthmus.training import Saving
from isthmus.training.optimizers import OPTIMIZERS
from isthmus.uses.fingerprint import fingerprint

EPOCHS = 4
KINDS = {
    "plain": {},
    "masking": {"corruption": "masking"},
    "gaussian": {"code": "gaussian", "loss": {"gaussian": 1.0, "kl": 1.0}},
    "ordered": {
        "network": {"name": "pca-start", "refine": {"name": "dense", "hidden": (8,)}},
        "code": "ordered",
    },
    "pictures": {"network": {"name": "picture-start", "widths": (4, 4), "hidden": (8,)}},
    "probes": {"loss": {"mse": 1.0, "contractive": {"weight": 0.1, "probes": 1}}},
    "augmented": {"training": {"augment": ("flip", "shift")}},
    "last weights": {"training": {"validation": 0.0}},
    "reducing": {"training": {"reduce_patience": 1, "learning_rate": 0.1, "schedule": "constant"}},
}


class Stop:
    """Ctrl-C, when an epoch begins or ends."""

    def __init__(self, after: int):
        self.after = after

    def step(self, done: float, loss: float) -> None:
        pass

    def epoch(self, epoch) -> None:
        if epoch.epoch > self.after:
            raise KeyboardInterrupt


def fit(ae: Autoencoder, X: np.ndarray, path, stop: int | None = None, resume=True) -> Autoencoder:
    watcher = None if stop is None else Stop(stop)
    return ae.fit(X, saving=Saving(path, "this fit", resume), watcher=watcher)


@pytest.fixture(name="X")
def pictures(digits) -> np.ndarray:
    return digits[:50]


def assert_equal(one: Autoencoder, other: Autoencoder) -> None:
    assert one.model_.state_dict().keys() == other.model_.state_dict().keys()
    for name, tensor in one.model_.state_dict().items():
        assert torch.equal(tensor, other.model_.state_dict()[name]), name
    losses = [(e.epoch, e.loss, e.held_out_loss, e.learning_rate) for e in one.history_]
    assert losses == [(e.epoch, e.loss, e.held_out_loss, e.learning_rate) for e in other.history_]
    assert (one.n_iter_, one.best_epoch_) == (other.n_iter_, other.best_epoch_)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_resuming_after_any_epoch_changes_nothing(kind, optimizer, X, quick, tmp_path):
    settings = {**KINDS[kind]}
    training = {"epochs": EPOCHS, "optimizer": optimizer, "batch_size": 20}
    training |= settings.get("training", {})
    if optimizer == "sgd":
        training["learning_rate"] = 1e-4
    settings["training"] = training
    whole = quick(**settings).fit(X)
    assert whole.n_iter_ == EPOCHS
    for stop in range(EPOCHS):
        path = tmp_path / f"{stop}"
        part = fit(quick(**settings), X, path, stop)
        assert part.interrupted_
        again = fit(quick(**settings), X, path)
        assert not again.interrupted_
        assert_equal(again, whole)


def test_resuming_at_every_epoch_in_turn(X, quick, tmp_path):
    whole = quick(corruption="masking", training={"epochs": EPOCHS}).fit(X)
    for stop in range(EPOCHS + 1):
        last = fit(
            quick(corruption="masking", training={"epochs": EPOCHS}), X, tmp_path / "c", stop
        )
    assert_equal(last, whole)


def test_resuming_a_finished_fit_trains_no_more(X, quick, tmp_path):
    first = fit(quick(), X, tmp_path / "c")
    again = fit(quick(), X, tmp_path / "c")
    assert_equal(first, again)


def test_without_resume_a_fit_starts_anew(X, quick, tmp_path):
    fit(quick(), X, tmp_path / "c", stop=1)
    assert_equal(fit(quick(), X, tmp_path / "c", resume=False), quick().fit(X))


def test_patience_counts_across_an_interruption(X, quick, tmp_path):
    # A rate so high that nothing gets better: the fit must stop two epochs after the best.
    training = {"epochs": 30, "patience": 2, "learning_rate": 0.3, "schedule": "constant"}
    whole = quick(training=training).fit(X)
    assert whole.n_iter_ < 30
    fit(quick(training=training), X, tmp_path / "c", stop=whole.n_iter_ - 1)
    assert_equal(fit(quick(training=training), X, tmp_path / "c"), whole)


def test_seconds_are_added_up(X, quick, tmp_path):
    part = fit(quick(), X, tmp_path / "c", stop=2)
    whole = fit(quick(), X, tmp_path / "c")
    assert whole.seconds_ > part.history_[1].seconds
    seconds = [epoch.seconds for epoch in whole.history_]
    assert seconds == sorted(seconds)


@pytest.fixture
def checkpoint(X, quick, tmp_path):
    path = tmp_path / "c"
    fit(quick(), X, path, stop=1)
    return path


def test_no_code_is_in_a_checkpoint(checkpoint):
    content = checkpoint.read_bytes()
    header = int.from_bytes(content[:8], "little")
    assert content[8:9] == b"{", "not a safetensors file"
    assert header < len(content)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused(share, checkpoint, X, quick):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: int(share * len(content))])
    with pytest.raises(BadFile, match="damaged"):
        fit(quick(), X, checkpoint)


def test_a_flipped_byte_anywhere_is_noticed(checkpoint, X, quick):
    content = checkpoint.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    rng = np.random.default_rng(0)
    places = {
        "length": range(8),
        "header": rng.integers(8, header, 12),
        "tensors": rng.integers(header, len(content), 6),
    }
    unnoticed = []
    for part, offsets in places.items():
        for offset in offsets:
            damaged = bytearray(content)
            damaged[offset] ^= 0x11
            checkpoint.write_bytes(bytes(damaged))
            try:
                fit(quick(), X, checkpoint)
            except BadFile:
                continue
            except BadSetting:
                if part == "header":  # the damage can hit the fit's own name
                    continue
                unnoticed.append((part, int(offset), "BadSetting"))
            except Exception as error:
                unnoticed.append((part, int(offset), repr(error)[:60]))
            else:
                unnoticed.append((part, int(offset), "read as if it were whole"))
    assert unnoticed == []


def test_other_files_are_refused(checkpoint, X, quick):
    checkpoint.write_text('{"a": 1}')
    with pytest.raises(BadFile, match="damaged"):
        fit(quick(), X, checkpoint)


def test_the_checkpoint_of_another_fit_is_refused(checkpoint, X, quick):
    with pytest.raises(BadSetting, match="other data or settings"):
        quick().fit(X, saving=Saving(checkpoint, "another fit", resume=True))


def test_a_fingerprint_tells_fits_apart(X, quick):
    ae = quick()
    same = fingerprint(ae, X)
    assert fingerprint(quick(), X.copy()) == same
    others = [
        fingerprint(quick(5), X),
        fingerprint(quick(training={"epochs": 9}), X),
        fingerprint(quick(random_state=1), X),
        fingerprint(quick(random_state=np.int64(2)), X),
        fingerprint(quick(random_state=np.int64(3)), X),
        fingerprint(ae, X[:-1]),
        fingerprint(ae, X + 1),
    ]
    assert len({same, *others}) == len(others) + 1
    assert fingerprint(quick(random_state=np.int64(0)), X) == same


def test_an_interrupted_write_keeps_the_old_checkpoint(checkpoint, X, quick, monkeypatch):
    before = checkpoint.read_bytes()

    def refuse(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("isthmus.training.checkpoint.save_tensors", refuse)
    fit(quick(), X, checkpoint)
    assert checkpoint.read_bytes() == before
    assert [file.name for file in checkpoint.parent.iterdir()] == [checkpoint.name]
