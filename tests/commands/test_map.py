"""``isthmus map``: what it leaves in a run, against the run's own codes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from isthmus import load
from isthmus.runs.uses import Own


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from isthmus.runs.job import fit_run
    from isthmus.runs.request import Request

    run = tmp_path_factory.mktemp("map") / "run"
    fit_run(Request(data="digits", n_components=10, epochs=2), run)
    return run


def test_the_map_places_all_items_and_decodes(program, run):
    assert program("map", run, "--epochs", 20) == 0
    own, found = Own.of(run), pd.read_parquet(run / "map.parquet")
    model, record = load(run / "map"), json.loads((run / "map.json").read_text())
    places = found[["x", "y"]].to_numpy()
    assert found["id"].tolist() == own.ids.tolist()
    np.testing.assert_allclose(model.transform(own.codes), places, atol=1e-4)
    test = (found["split"] == "test").to_numpy()
    voters = KNeighborsClassifier(5).fit(places[~test], own.labels[~test])
    told = voters.score(places[test], own.labels[test])
    assert record["map"]["told"] == pytest.approx(told)
    assert told > 0.9 > record["pca"]["told"]
    trust = trustworthiness(own.codes[~test], places[~test], n_neighbors=15)
    assert record["map"]["trustworthiness"] == pytest.approx(trust)
    assert trust > record["pca"]["trustworthiness"]
    # Places decode to codes that are nearer to the items' than the mean code is.
    codes = own.codes[test]
    lost = np.square(model.inverse_transform(places[test]) - codes).sum()
    lost /= np.square(codes - own.codes[~test].mean(0)).sum()
    assert record["error"] == pytest.approx(lost, rel=1e-3)
    assert lost < 0.6


def test_other_maps_of_the_codes_stand_beside(program, run):
    pytest.importorskip("umap", reason="other maps need isthmus[maps]")
    pytest.importorskip("openTSNE", reason="other maps need isthmus[maps]")
    assert program("map", run, "--beside", "tsne", "--beside", "umap", "--epochs", 2) == 0
    own, found = Own.of(run), pd.read_parquet(run / "map.parquet")
    record = json.loads((run / "map.json").read_text())
    test = (found["split"] == "test").to_numpy()
    for way in ("tsne", "umap"):
        places = found[[f"{way}_x", f"{way}_y"]].to_numpy()
        voters = KNeighborsClassifier(5).fit(places[~test], own.labels[~test])
        told = voters.score(places[test], own.labels[test])
        assert record[way]["told"] == pytest.approx(told)
        assert told > 0.9
    report = (run / "report.html").read_text()
    for title in ("The map", "PCA", "t-SNE (openTSNE)", "UMAP (umap-learn)"):
        assert f"{title}</" in report


def test_an_unknown_map_is_refused_before_any_work(program, run, capsys):
    assert program("map", run, "--beside", "tnse") == 2
    assert "did you mean 'tsne'?" in capsys.readouterr().err


def test_the_same_seed_makes_the_same_map(program, run):
    assert program("map", run, "--seed", 3, "--epochs", 2) == 0
    first = pd.read_parquet(run / "map.parquet")
    assert program("map", run, "--seed", 3, "--epochs", 2) == 0
    pd.testing.assert_frame_equal(first, pd.read_parquet(run / "map.parquet"))


def test_a_map_of_three_dimensions(program, run):
    assert program("map", run, "--dims", 3, "--epochs", 2) == 0
    assert list(pd.read_parquet(run / "map.parquet").columns) == ["id", "split", "x", "y", "z"]
    assert load(run / "map").transform(Own.of(run).codes).shape == (1797, 3)


def test_what_is_no_run_is_refused(program, tmp_path, capsys):
    assert program("map", tmp_path) == 2
    assert "is no run" in capsys.readouterr().err
