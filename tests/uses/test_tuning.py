"""Searches for settings, by what their trials reach when they are fitted again."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadFile, BadSetting, Diverged, MissingExtra
from isthmus.training import Epoch
from isthmus.uses import tuning
from isthmus.uses.studies import open_study, quiet
from isthmus.uses.tuning import Pruning, Tuning, _is_default, tune

optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture(scope="module")
def small():
    """Makes what is tuned: a fit of a moment."""

    def make(**training) -> Autoencoder:
        network = {"name": "dense", "hidden": (16,)}
        settings = {"epochs": 3, **training}
        return Autoencoder(2, network=network, code="plain", training=settings, random_state=0)

    return make


@pytest.fixture(scope="module")
def found(rows, small) -> Tuning:
    return tune(rows, small(), 12)


def score(ae: Autoencoder, X) -> float:
    return min(row.held_out_score for row in ae.fit(X).history_)


def test_the_default_comes_first_and_the_best_is_no_worse(found, rows, small):
    assert len(found.trials) == 12
    assert found.default.number == 0
    assert found.best.value == min(trial.value for trial in found.trials)
    assert found.default.value == score(small(), rows)
    assert found.best.value < found.default.value, "the test tests nothing"


def test_the_best_settings_reach_their_value_again(found, rows):
    assert score(found.autoencoder(), rows) == found.best.value
    params = found.best.params
    chosen = found.autoencoder().settings()
    assert chosen["training"]["learning_rate"] == params["training__learning_rate"]
    assert chosen["training"]["epochs"] == 3


def test_a_search_that_goes_on_draws_what_it_would_have_drawn(found, rows, small, tmp_path):
    path = tmp_path / "study.log"
    tune(rows, small(), 5, storage=path)
    again = tune(rows, small(), 12, storage=path)
    assert [t.params for t in again.trials] == [t.params for t in found.trials]
    assert [t.value for t in again.trials] == [t.value for t in found.trials]
    assert [path.name for path in tmp_path.iterdir()] == ["study.log"]
    # Enough are there already.
    told = []
    tune(rows, small(), 12, storage=path, told=lambda *each: told.append(each))
    assert told == []


def test_another_seed_draws_others(found, rows, small):
    other = tune(rows, small().set_params(random_state=1), 3)
    assert other.trials[1].params != found.trials[1].params


def test_test_items_play_no_part(rows, small):
    subset = np.arange(80)
    spoilt = rows.copy()
    spoilt[80:] = 1e6
    values = [
        [trial.value for trial in tune(X, small(), 3, subset=subset).trials] for X in (rows, spoilt)
    ]
    assert values[0] == values[1]


def test_the_default_autoencoder_is_never_above_pca(rows):
    ae = Autoencoder(2, training={"epochs": 2}, scale="columns", random_state=0)
    tuned = tune(rows, ae, 3)
    assert all(trial.value <= 1 for trial in tuned.trials)
    assert tuned.record()["unit"] == "pca"


def test_hopeless_trials_end_early_and_the_default_never(rows, small):
    # At this rate the default hardly learns: it is worse than half of the others at any time.
    ae, told = small(learning_rate=1e-6, epochs=10), []
    tuned = tune(rows, ae, 12, told=lambda _, trial: told.append(trial.number))
    assert tuned.default.state == TrialState.COMPLETE
    early = [trial for trial in tuned.trials if trial.state == TrialState.PRUNED]
    assert early
    assert all(max(trial.intermediate_values) < 10 for trial in early)
    whole = [trial for trial in tuned.trials if trial.state == TrialState.COMPLETE]
    assert all(set(trial.intermediate_values) == set(range(1, 11)) for trial in whole)
    assert told == list(range(12))
    # What mattered is the rate.
    importances = tuned.importances()
    assert sum(importances.values()) == pytest.approx(1)
    assert max(importances, key=importances.get) == "training__learning_rate"


def test_scores_are_reported_by_the_part_of_the_fit():
    study = optuna.create_study(direction="minimize")
    trial = study.ask()
    watch = Pruning(trial, start=1.0)
    for epoch, score in enumerate([None, 2.0, 0.5, 0.7]):
        watch.epoch(Epoch(epoch, 0.0, 0.0, None, None, None, score, epoch / 4))
    # The start counts until it is beaten; long epochs pass several tenths.
    known = study.trials[0].intermediate_values
    assert known == {1: 1.0, 2: 1.0, 3: 0.5, 4: 0.5, 5: 0.5, 6: 0.5, 7: 0.5}
    assert watch.best == 0.5


def test_trials_that_diverge_do_not_end_the_search(rows, small, monkeypatch):
    fit, count = Autoencoder.fit, iter(range(100))

    def diverging(self, *rest, **more):
        if next(count) == 1:
            raise Diverged("the loss stopped being a number")
        return fit(self, *rest, **more)

    monkeypatch.setattr(Autoencoder, "fit", diverging)
    tuned = tune(rows, small(), 3)
    assert [trial.state.name for trial in tuned.trials] == ["COMPLETE", "PRUNED", "COMPLETE"]
    assert tuned.record()["trials"][1]["value"] is None


def test_a_search_in_which_all_diverges_says_so(rows, small, monkeypatch):
    def diverging(self, *rest, **more):
        raise Diverged("the loss stopped being a number")

    monkeypatch.setattr(Autoencoder, "fit", diverging)
    tuned = tune(rows, small(), 2)
    assert tuned.best is None
    with pytest.raises(Diverged, match="none of 2 trials"):
        tuned.autoencoder()


def test_ctrl_c_ends_the_search_and_keeps_its_trials(rows, small, tmp_path, monkeypatch):
    epoch, count = Pruning.epoch, iter(range(1000))

    def stop(self, row):
        if next(count) == 9:
            raise KeyboardInterrupt
        epoch(self, row)

    path = tmp_path / "study.log"
    with monkeypatch.context() as changed:
        changed.setattr(Pruning, "epoch", stop)
        with pytest.raises(KeyboardInterrupt):
            tune(rows, small(), 6, storage=path)
    tuned = tune(rows, small(), 6, storage=path)
    assert len(tuned.trials) == 6
    assert tuned.study.get_trials(states=(TrialState.FAIL,))
    assert not tuned.study.get_trials(states=(TrialState.RUNNING,))


def test_trials_of_a_lost_process_are_given_up_and_the_default_is_run_again(
    rows, small, tmp_path, monkeypatch
):
    path = tmp_path / "study.log"

    # As a killed process leaves it: under way, and its file held by nobody.
    def lost(found, trial, *rest):
        raise SystemExit

    with monkeypatch.context() as changed:
        changed.setattr(tuning, "_judged", lost)
        with pytest.raises(SystemExit):
            tune(rows, small(), 2, storage=path)
    again = tune(rows, small(), 2, storage=path)
    states = [(trial.state.name, _is_default(trial)) for trial in again.study.trials]
    assert states == [("FAIL", True), ("COMPLETE", True), ("COMPLETE", False)]


def test_too_few_trials_say_nothing_of_what_mattered(rows, small):
    tuned = tune(rows, small(), 2)
    assert tuned.importances() == {}


def test_bad_wishes_are_refused(rows, small, tmp_path):
    for n_trials in (0, -1, 1.5, "3"):
        with pytest.raises(BadSetting, match="n_trials="):
            tune(rows, small(), n_trials)
    with pytest.raises(BadSetting, match="validation=0 holds nothing out"):
        tune(rows, small(validation=0.0), 2)
    path = tmp_path / "study.log"
    tune(rows, small(), 1, storage=path)
    with pytest.raises(BadSetting, match="of other data or settings"):
        tune(rows[1:], small(), 2, storage=path)
    with pytest.raises(BadSetting, match="of other data or settings"):
        tune(rows, small(epochs=4), 2, storage=path)
    junk = tmp_path / "notes.txt"
    junk.write_text("not a study\n")
    with pytest.raises(BadFile, match="no journal"):
        tune(rows, small(), 1, storage=junk)
    assert junk.read_text() == "not a study\n"
    with pytest.raises(BadSetting, match="cannot be used"):
        tune(rows, small(), 1, storage="nosuch://host/name")


def test_a_database_keeps_a_study_too(rows, small, tmp_path):
    address = f"sqlite:///{tmp_path / 'study.db'}"
    tune(rows, small(), 2, storage=address, name="a")
    again = tune(rows, small(), 3, storage=address, name="a")
    assert [trial.number for trial in again.trials] == [0, 1, 2]
    with pytest.raises(BadSetting, match="of other data"):
        open_study(address, "a", "another")


def test_a_missing_extra_prints_its_install_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.delitem(sys.modules, "isthmus.uses.studies")
    with pytest.raises(MissingExtra, match=r"isthmus\[tune\]"):
        importlib.import_module("isthmus.uses.studies")


def test_quiet_leaves_the_level_as_it_was():
    before = optuna.logging.get_verbosity()
    with quiet():
        assert optuna.logging.get_verbosity() == optuna.logging.CRITICAL
    assert optuna.logging.get_verbosity() == before


def test_a_random_state_that_is_no_number_becomes_one(rows, small):
    assert tune(rows, small().set_params(random_state=None), 1).ae.random_state == 0
