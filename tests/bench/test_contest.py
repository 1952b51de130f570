"""Who runs when, and what a second call does."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import isthmus.bench.contest as contest_module
from isthmus.bench.contest import Contest, hold, own_size
from isthmus.bench.job import Failed, Job, Missing
from isthmus.bench.split import open_split
from isthmus.errors import BadSetting


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "rows.npy"
    np.save(path, np.random.default_rng(0).normal(size=(40, 5)))
    return open_split(str(path))


@pytest.fixture
def started(monkeypatch):
    """Jobs that would have been started; each is measured once, and complete."""
    jobs: list[Job] = []

    def start(job, item_shape, data, python, listener):
        jobs.append(job)
        point = {"seconds": 1.0, "epochs": job.epochs, "test_mse": 0.5}
        listener({"complete": True, "points": [point], "versions": {}})

    monkeypatch.setattr(contest_module, "run_job", start)
    return jobs


def test_seeds_go_round(split, started):
    hold(Contest(["pca", "torch-plain"], [2], seeds=2), split, {}, lambda results: None)
    assert [(job.seed, job.rival) for job in started] == [
        (0, "pca"),
        (0, "torch-plain"),
        (1, "pca"),
        (1, "torch-plain"),
    ]


def test_who_plans_is_fitted_for_each_time_and_one_fit_serves_sizes(split):
    contest = Contest(["isthmus", "torch-plain"], [4, 2], [9.0, 3.0], limit=9.0, seeds=1, epochs=7)
    asked = [(job.rival, job.n_components, job.seconds, job.epochs) for job in contest.jobs()]
    assert asked == [
        ("isthmus", 4, 3.0, None),
        ("isthmus", 4, 9.0, None),
        ("torch-plain", 2, 9.0, 7),
        ("torch-plain", 4, 9.0, 7),
    ]


def test_presets_for_any_data_plan_too():
    contest = Contest(["isthmus-vae", "isthmus-dense-20"], [4], [3.0, 9.0], seeds=1)
    asked = [(job.rival, job.n_components, job.seconds, job.epochs) for job in contest.jobs()]
    assert asked == [
        ("isthmus-vae", 4, 3.0, None),
        ("isthmus-vae", 4, 9.0, None),
        ("isthmus-dense-20", 20, None, 50),
    ]


def test_only_what_is_missing_runs_again(split, started):
    saved = []
    first = Contest(["pca", "torch-plain"], [2], seeds=1)
    hold(first, split, {}, saved.append)
    started.clear()
    more = Contest(["pca", "torch-plain"], [2, 3], seeds=2)
    results = hold(more, split, saved[-1], saved.append)
    assert [(job.seed, job.rival, job.n_components) for job in started] == [
        # One PCA serves both sizes, but the earlier one was shorter.
        (0, "pca", 3),
        (0, "torch-plain", 3),
        (1, "pca", 3),
        (1, "torch-plain", 2),
        (1, "torch-plain", 3),
    ]
    assert len(results["runs"]) == 7
    assert len(more.runs_in(results)) == 6


def test_a_stopped_run_serves_as_far_as_it_got(make_run):
    run = make_run("torch-plain", (1.0, 1, 0.5), (2.0, 2, 0.4), complete=False, epochs=50)
    job = Job(**run["job"])
    assert not job.is_served_by(run)
    assert Job(**{**run["job"], "epochs": 2}).is_served_by(run)
    assert not Job(**{**run["job"], "epochs": 3}).is_served_by(run)
    assert not Job(**{**run["job"], "epochs": 2, "threads": 2}).is_served_by(run)


def test_a_run_that_was_asked_for_less_is_replaced(split, started, make_run):
    contest = Contest(["torch-plain"], [4], seeds=1, epochs=9, threads=1)
    earlier = {"data": split.describe(), "runs": [make_run("torch-plain", (1.0, 2, 0.5))]}
    results = hold(contest, split, earlier, lambda results: None)
    assert [run["job"]["epochs"] for run in results["runs"]] == [9]


@pytest.mark.parametrize(
    ("error", "word"),
    [(Missing("No module named 'pyod'"), "pip install"), (Failed("boom"), "boom")],
)
def test_who_cannot_run_is_said_once_and_the_others_run(split, started, monkeypatch, error, word):
    given = contest_module.run_job
    asked = []

    def start(job, *rest):
        asked.append(job.rival)
        if job.rival == "pyod-autoencoder":
            raise error
        given(job, *rest)

    monkeypatch.setattr(contest_module, "run_job", start)
    contest = Contest(["pyod-autoencoder", "pca"], [2], seeds=2)
    results = hold(contest, split, {}, lambda results: None)
    assert word in results["not_run"]["pyod-autoencoder"]
    assert asked == ["pyod-autoencoder", "pca", "pca"]


def test_rivals_made_for_other_data_are_named(split, started):
    contest = Contest(["keras-dense-20", "pythae-ae"], [2], seeds=1)
    results = hold(contest, split, {}, lambda results: None)
    assert "(28, 28, 1)" in results["not_run"]["keras-dense-20"]
    assert "0..1" in results["not_run"]["pythae-ae"]
    assert not started


def test_results_of_other_data_are_not_mixed(split, started):
    other = {"data": {"digest": "x", "name": "others", "n_train": 3}, "runs": []}
    with pytest.raises(BadSetting, match=r"others \(3 items\).*--out"):
        hold(Contest(["pca"], [2]), split, other, lambda results: None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rivals": ["pcaa"]}, "did you mean 'pca'"),
        ({"rivals": []}, "at least one"),
        ({"sizes": [0]}, "code size=0"),
        ({"seeds": 0}, "seeds=0"),
        ({"seconds": [0.0]}, "seconds=0.0"),
        ({"epochs": 0}, "epochs=0"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"pythons": {"kera": sys.executable}}, "did you mean 'keras'"),
        ({"pythons": {"keras": "/no/such/python"}}, "no program there"),
    ],
)
def test_what_cannot_be_is_refused(settings, words):
    with pytest.raises(BadSetting, match=words):
        Contest(**{"rivals": ["pca"], "sizes": [2], **settings}).check()


def test_own_sizes_of_historical_networks():
    assert own_size("dense-20") == 20
    assert own_size("denoising-conv") == 7 * 7 * 32


def test_the_split_is_scaled_as_a_fit_scales_it(split, tmp_path: Path):
    split.write(tmp_path)
    train, test = np.load(tmp_path / "train.npy"), np.load(tmp_path / "test.npy")
    assert train.shape == (36, 5)
    assert test.shape == (4, 5)
    assert train.mean() == pytest.approx(0.0, abs=1e-6)
    kept = split.fitting.data.items[split.fitting.kept]
    assert np.allclose(split.scaling.undo(train), kept, atol=1e-6)
