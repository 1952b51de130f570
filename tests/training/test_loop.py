from __future__ import annotations

import itertools
import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadSetting, CannotWrite, Diverged
from isthmus.training import Saving, Task, Training
from isthmus.training import loop as training_loop


@pytest.fixture(name="X")
def pictures(digits) -> np.ndarray:
    return digits[:60]


class Watch:
    """Keeps what it is told, and may act on it."""

    def __init__(self, on_epoch=lambda epoch: None, on_step=lambda: None):
        self.epochs, self.steps = [], []
        self.on_epoch, self.on_step = on_epoch, on_step

    def step(self, done: float, loss: float) -> None:
        self.steps.append((done, loss))
        self.on_step()

    def epoch(self, epoch) -> None:
        self.epochs.append(epoch)
        self.on_epoch(epoch)


def held_out_losses(ae: Autoencoder) -> list[float]:
    return [epoch.held_out_loss for epoch in ae.history_]


def test_no_epochs_train_nothing(X, quick):
    ae = quick(training={"epochs": 0}).fit(X)
    assert ae.n_iter_ == 0
    assert [epoch.epoch for epoch in ae.history_] == [0]


def test_the_history_has_a_line_for_every_epoch(X, quick):
    watch = Watch()
    ae = quick(training={"epochs": 4}).fit(X, watcher=watch)
    assert [epoch.epoch for epoch in ae.history_] == [0, 1, 2, 3, 4]
    assert watch.epochs == ae.history_
    assert ae.history_[0].loss is None
    assert ae.n_iter_ == 4
    assert not ae.interrupted_


def test_the_best_weights_are_kept(X, quick):
    # A rate so high that it gets worse again.
    training = {"epochs": 8, "learning_rate": 0.3, "schedule": "constant"}
    ae = quick(training=training).fit(X)
    losses = held_out_losses(ae)
    assert ae.best_epoch_ == int(np.argmin(losses)) < 8
    shorter = quick(training={**training, "epochs": ae.best_epoch_}).fit(X)
    assert torch.equal(torch.from_numpy(ae.transform(X)), torch.from_numpy(shorter.transform(X)))


def test_the_held_out_error_is_the_one_of_the_kept_model(X, quick):
    ae = quick(training={"validation": 0.5}).fit(X)
    best = ae.history_[ae.best_epoch_]
    # The loss sums over 64 pixels, the error is their mean.
    assert best.held_out_loss == pytest.approx(64 * best.held_out_mse, rel=1e-5)


def test_ctrl_c_leaves_the_best_weights(X, quick):
    def stop(epoch):
        if epoch.epoch == 3:
            raise KeyboardInterrupt

    training = {"epochs": 50, "learning_rate": 0.05, "schedule": "constant"}
    ae = quick(training=training).fit(X, watcher=Watch(stop))
    assert ae.interrupted_
    assert ae.n_iter_ == 3
    shorter = quick(training={**training, "epochs": ae.best_epoch_}).fit(X)
    np.testing.assert_array_equal(ae.transform(X), shorter.transform(X))


def test_a_real_ctrl_c_in_mid_epoch_leaves_a_usable_model(X, quick, monkeypatch):
    monkeypatch.setattr(training_loop, "SECONDS_BETWEEN_NEWS", -1.0)
    count = itertools.count()

    def stop():
        if next(count) == 5:
            os.kill(os.getpid(), signal.SIGINT)

    # A shell's background jobs start with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ae = quick(training={"epochs": 10_000, "batch_size": 10})
        ae.fit(X, watcher=Watch(on_step=stop))
    finally:
        signal.signal(signal.SIGINT, before)
    assert ae.interrupted_
    assert np.isfinite(ae.transform(X)).all()


def test_an_exception_of_the_watcher_ends_the_fit_and_leaves_nothing(X, quick):
    class Enough(Exception):
        pass

    def stop(epoch):
        if epoch.epoch == 3:
            raise Enough

    ae, before = quick(training={"epochs": 50}), torch.get_rng_state()
    with pytest.raises(Enough):
        ae.fit(X, watcher=Watch(stop))
    assert torch.equal(torch.get_rng_state(), before)
    # The same estimator fits anew as if nothing had been.
    again = ae.set_params(training__epochs=2).fit(X)
    fresh = quick(training={"epochs": 2}).fit(X)
    np.testing.assert_array_equal(again.transform(X), fresh.transform(X))


def test_epochs_know_their_score_and_the_part_that_is_done(X, quick):
    history = quick(training={"epochs": 4}).fit(X).history_
    assert [epoch.done for epoch in history] == [0, 0.25, 0.5, 0.75, 1]
    # Where no fit must stay below PCA, the score is the loss.
    assert [epoch.held_out_score for epoch in history] == [e.held_out_loss for e in history]
    nothing = quick(training={"validation": 0.0}).fit(X).history_
    assert {epoch.held_out_score for epoch in nothing} == {None}


def test_ctrl_c_before_the_first_epoch_leaves_the_untrained_model(X, quick):
    def stop(epoch):
        raise KeyboardInterrupt

    ae = quick().fit(X, watcher=Watch(stop))
    assert ae.interrupted_
    assert ae.n_iter_ == 0
    assert ae.score_samples(X).shape == (60,)


def test_watchers_see_the_share_that_is_done(X, quick, monkeypatch):
    monkeypatch.setattr(training_loop, "SECONDS_BETWEEN_NEWS", -1.0)
    watch = Watch()
    quick(training={"epochs": 2, "batch_size": 9, "validation": 0.1}).fit(X, watcher=watch)
    shares, losses = zip(*watch.steps, strict=True)
    np.testing.assert_allclose(shares, np.arange(1, 13) / 12)
    assert np.isfinite(losses).all()


def test_patience_ends_a_fit_that_gets_no_better(X, quick):
    training = {"epochs": 200, "patience": 3, "learning_rate": 0.3, "schedule": "constant"}
    ae = quick(training=training).fit(X)
    assert ae.n_iter_ == ae.best_epoch_ + 3 < 200
    assert not ae.interrupted_


def test_reduce_patience_lowers_the_learning_rate(X, quick):
    training = {
        "epochs": 8,
        "reduce_patience": 1,
        "reduce_factor": 0.1,
        "learning_rate": 0.3,
        "schedule": "constant",
    }
    history = quick(training=training).fit(X).history_
    best, rate = history[0].held_out_loss, 0.3
    for epoch in history[1:]:
        if epoch.held_out_loss < best:
            best = epoch.held_out_loss
        else:
            rate *= 0.1
        assert epoch.learning_rate == pytest.approx(rate)
    assert rate < 0.3, "the test tests nothing"


@pytest.fixture
def clock(monkeypatch):
    """A clock that moves when it is looked at: how long a disk takes must not matter."""
    ticks = itertools.count()
    moving = SimpleNamespace(monotonic=lambda: 0.001 * next(ticks))
    for module in ("isthmus.training.clock", "isthmus.training.loop", "isthmus.autoencoder"):
        monkeypatch.setattr(f"{module}.time", moving)


@pytest.mark.usefixtures("clock")
def test_a_fit_of_some_minutes_ends(X, quick):
    ae = quick(training={"minutes": 0.005, "epochs": None}).fit(X)
    assert ae.n_iter_ >= 1
    assert not ae.interrupted_
    assert ae.history_[-1].learning_rate < 1e-4, "the schedule did not end with the time"


@pytest.mark.usefixtures("clock")
def test_a_time_budget_is_shared_by_a_fit_and_its_resumption(X, quick, tmp_path):
    ae = quick(training={"minutes": 0.003, "epochs": None})
    first = ae.fit(X, saving=Saving(tmp_path / "c", "a"))
    epochs = first.n_iter_
    again = ae.fit(X, saving=Saving(tmp_path / "c", "a", resume=True))
    assert again.n_iter_ <= epochs + 1


@pytest.mark.parametrize("validation", [0.0, 0.1])
def test_absurd_learning_rates_are_called_by_name(X, quick, validation):
    training = {"learning_rate": 1e30, "optimizer": "sgd"}
    with pytest.raises(Diverged, match="lower learning_rate"):
        quick(training={**training, "validation": validation}).fit(X)


def test_validation_0_keeps_the_last_weights(X, quick):
    ae = quick(training={"validation": 0.0}).fit(X)
    assert ae.best_epoch_ == ae.n_iter_ == 3
    assert held_out_losses(ae) == [None] * 4


def test_every_item_is_seen_once_an_epoch(X, quick, monkeypatch):
    from isthmus.data.rows import Rows

    seen = []
    read = Rows.batch

    def spy(self, indices, *rest):
        seen.append(np.asarray(indices))
        return read(self, indices, *rest)

    monkeypatch.setattr(Rows, "batch", spy)
    quick(training={"validation": 0.0, "epochs": 2, "batch_size": 25}).fit(X)
    assert [len(indices) for indices in seen] == [25, 25, 10] * 2
    for epoch in (seen[:3], seen[3:]):
        assert sorted(np.concatenate(epoch)) == list(range(60))
    assert not np.array_equal(seen[0], seen[3])


def test_held_out_items_are_never_trained_on(X, quick):
    # An outlier is learnt if it is in the training part, and never if it is held out.
    from isthmus.data.rows import held_out_split

    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    _, held_out = held_out_split(len(X), 0.1, seed)
    changed = X.copy()
    changed[held_out] = 1 - changed[held_out]
    training = {"patience": None, "epochs": 1}
    one, other = quick(training=training).fit(X), quick(training=training).fit(changed)
    assert one.history_[1].loss == other.history_[1].loss
    assert one.history_[1].held_out_loss != other.history_[1].held_out_loss


@pytest.mark.parametrize(
    "training",
    [
        {"epochs": 1, "precision": "bfloat16"},
        {"epochs": 1, "batch_size": 1},
        {"epochs": 1, "batch_size": 999},
    ],
)
def test_other_settings_train_too(X, quick, training):
    history = quick(training=training).fit(X).history_
    assert np.isfinite(history[-1].loss)


def test_cuda_without_a_device_is_refused(X, quick):
    if torch.cuda.is_available():
        pytest.skip("there is a device")
    with pytest.raises(BadSetting, match="no CUDA device"):
        quick(training={"device": "cuda"}).fit(X)


@pytest.mark.parametrize(("steps", "epochs"), [(1, 100), (80, 50), (10_000, 10)])
def test_epochs_follow_the_size_of_the_data(steps, epochs):
    assert Training().epochs_for(steps) == epochs
    assert Training(epochs=3).epochs_for(steps) == 3


def test_the_rate_grows_with_the_root_of_the_batch():
    chosen = Training()
    assert chosen.rate_for(256) == pytest.approx(2 * chosen.rate_for(64)) == pytest.approx(2.4e-3)
    assert Training(learning_rate=0.3).rate_for(64) == 0.3


def test_steps_hold_fewer_large_pictures():
    chosen = Training()
    assert chosen.batch_size_for(60_000, 28 * 28) == 256
    assert chosen.batch_size_for(60_000, 128 * 128 * 3) == 16
    assert chosen.batch_size_for(60_000, 64 * 64 * 3) == 65
    assert chosen.batch_size_for(60_000, 10**7) == 16
    assert Training(batch_size=5).batch_size_for(60_000, 10**7) == 5


@pytest.mark.parametrize(("side", "counts_as"), [(16, 256), (128, (16 * 256) ** 0.5)])
def test_large_pictures_take_a_rate_between_two(side, counts_as):
    rows = SimpleNamespace(item_shape=(side, side, 3))
    task = Task(rows, np.arange(6000), np.arange(0), None, {}, Training(), 0)
    assert task.learning_rate == pytest.approx(Training().rate_for(counts_as))


def test_a_full_disk_is_said_in_words(X, quick, tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(CannotWrite, match="cannot write"):
            quick().fit(X, saving=Saving(tmp_path / "c", "a"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
