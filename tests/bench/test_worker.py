"""The protocol between a contest and a rival's file."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

import isthmus.bench.worker as worker
from isthmus.bench import rivals
from isthmus.bench.worker import Enough, Judge, Task, main, noisy

RIVALS = Path(rivals.__file__).parent
HALF = """
def compete(task, judge):
    epoch = 0
    while True:
        epoch += 1
        judge(lambda rows: rows / 2, epoch)
"""
LINEAR = {
    "encoder": ["dense 2"],
    "decoder": ["dense 6"],
    "optimizer": "adam",
    "learning_rate": 0.01,
    "batch_size": 50,
    "loss": "mse",
}


def rows_in(folder: Path, part: str) -> np.ndarray:
    return np.load(folder / f"{part}.npy").astype(np.float64)


def test_a_process_does_a_job_with_numpy_alone(make_job, tmp_path):
    make_job(HALF + "import sys\nassert 'torch' not in sys.modules\n", epochs=3)
    command = [sys.executable, "-I", worker.__file__, str(tmp_path / "job.json")]
    subprocess.run(command, check=True, cwd=tmp_path)
    result = json.loads((tmp_path / "result.json").read_text())
    quarter = (rows_in(tmp_path, "test") ** 2).mean() / 4
    assert [point["epochs"] for point in result["points"]] == [1, 2, 3]
    assert [point["test_mse"] for point in result["points"]] == pytest.approx([quarter] * 3)
    assert result["complete"]
    assert result["versions"]["numpy"] == np.__version__


def test_the_clock_stands_still_while_errors_are_measured(make_job):
    judge = Judge(make_job(HALF))
    judge.start()

    def slow(rows: np.ndarray) -> np.ndarray:
        time.sleep(0.5)
        return rows

    judge(slow, 1)
    judge(slow, 2)
    assert judge.result["points"][-1]["seconds"] < 0.3


def test_seconds_end_a_fit_too(make_job):
    judge = Judge(make_job(HALF, seconds=0.05))
    judge.start()
    judge(lambda rows: rows, 1)
    time.sleep(0.06)
    with pytest.raises(Enough):
        judge(lambda rows: rows, 2)


def test_a_step_measures_only_where_the_time_is_over(make_job):
    judge = Judge(make_job(HALF, seconds=0.2))
    judge.start()
    judge.step(lambda rows: rows, 0.25)
    assert judge.result["points"] == []
    time.sleep(0.2)
    with pytest.raises(Enough):
        judge.step(lambda rows: rows, 0.5)
    assert [point["epochs"] for point in judge.result["points"]] == [0.5]


def test_a_stopped_fit_leaves_what_it_measured(make_job, tmp_path):
    job = make_job(
        "def compete(task, judge):\n judge(lambda rows: rows, 1)\n raise ValueError('no more')\n"
    )
    with pytest.raises(ValueError, match="no more"):
        main(str(tmp_path / "job.json"))
    result = json.loads(Path(job["result"]).read_text())
    assert len(result["points"]) == 1
    assert not result["complete"]


def test_a_missing_library_is_said(make_job, tmp_path):
    make_job("import no_such_library\n")
    main(str(tmp_path / "job.json"))
    assert "no_such_library" in json.loads((tmp_path / "result.json").read_text())["missing"]


def test_noise_is_seen_and_errors_are_against_the_clean(make_job, tmp_path):
    judge = Judge(make_job(HALF, noise=0.5))
    judge.start()
    judge(lambda rows: rows, 1)
    # Nothing was removed: the error is the noise's variance, of 600 draws.
    assert judge.result["points"][0]["test_mse"] == pytest.approx(0.25, rel=0.2)
    pixels = np.full((4, 100), 0.5, np.float32)
    seen = noisy(pixels, 2.0, 0)
    assert seen.min() == 0.0
    assert seen.max() == 1.0


def test_bytes_are_pixels(make_job, tmp_path):
    job = make_job(HALF)
    np.save(tmp_path / "train.npy", np.array([[[0, 51], [255, 102]]], np.uint8))
    train = Task(job).train
    assert train.tolist() == [pytest.approx([0.0, 0.2, 1.0, 0.4])]


def test_pca_measures_every_size(make_job, tmp_path):
    make_job(RIVALS / "pca.py", n_components=3, sizes=[1, 3])
    main(str(tmp_path / "job.json"))
    point = json.loads((tmp_path / "result.json").read_text())["points"][0]
    train, test = rows_in(tmp_path, "train"), rows_in(tmp_path, "test")
    for row in point["by_code_size"]:
        pca = PCA(row["k"]).fit(train)
        rebuilt = pca.inverse_transform(pca.transform(test))
        assert row["mse"] == pytest.approx(((rebuilt - test) ** 2).mean(), rel=1e-4)
    assert point["test_mse"] == point["by_code_size"][-1]["mse"]


def test_plain_torch_without_activations_finds_pcas_error(make_job, tmp_path):
    make_job(RIVALS / "torch.py", options=LINEAR, epochs=300)
    main(str(tmp_path / "job.json"))
    result = json.loads((tmp_path / "result.json").read_text())
    train, test = rows_in(tmp_path, "train"), rows_in(tmp_path, "test")
    pca = PCA(2).fit(train)
    floor = ((pca.inverse_transform(pca.transform(test)) - test) ** 2).mean()
    assert result["points"][-1]["test_mse"] == pytest.approx(floor, rel=0.02)
    assert result["points"][0]["test_mse"] > 2 * floor
    assert result["n_parameters"] == 6 * 2 + 2 + 2 * 6 + 6


def test_isthmus_takes_the_seconds_it_is_given(make_job, tmp_path):
    make_job(RIVALS / "isthmus.py", sizes=[1, 2], seconds=0.5)
    main(str(tmp_path / "job.json"))
    result = json.loads((tmp_path / "result.json").read_text())
    (point,) = result["points"]
    assert 0.5 <= point["seconds"] < 5
    train, test = rows_in(tmp_path, "train"), rows_in(tmp_path, "test")
    for row in point["by_code_size"]:
        pca = PCA(row["k"]).fit(train)
        rebuilt = pca.inverse_transform(pca.transform(test))
        assert row["mse"] < 1.05 * ((rebuilt - test) ** 2).mean()


def test_what_has_no_code_restores(make_job, tmp_path):
    options = {"preset": "restore-noise", "network__widths": (8,), "network__blocks": (1,)}
    shapes = {"item_shape": [8, 8], "n_components": 64}
    make_job(RIVALS / "isthmus.py", options=options, **shapes, sizes=[64], epochs=3, noise=0.5)
    waves = np.sin(np.arange(64) / 5 + np.arange(300)[:, None])
    for part, rows in (("train", waves[:200]), ("test", waves[200:])):
        np.save(tmp_path / f"{part}.npy", rows.astype(np.float32))
    main(str(tmp_path / "job.json"))
    (point,) = json.loads((tmp_path / "result.json").read_text())["points"]
    # What it sees has an error of a quarter.
    assert point["test_mse"] < 0.05
