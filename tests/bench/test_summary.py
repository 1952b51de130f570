"""Medians, the table, the time to a quality, the plots."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from isthmus.bench.pictures import against_seconds, against_size, draw
from isthmus.bench.summary import groups, seconds_to, table_rows


@pytest.fixture
def runs(make_run):
    """PCA, a rival of three seeds and Isthmus planned for two times."""
    pca = make_run("pca", (0.1, None, 0.2), epochs=None)
    pca["points"][0]["by_code_size"] = [{"k": 2, "mse": 0.3}, {"k": 4, "mse": 0.2}]
    plain = [
        make_run("torch-plain", (first, 1, 0.5), (first + 1, 2, last), seed=seed)
        for seed, (first, last) in enumerate([(1.0, 0.1), (2.0, 0.3), (9.0, 0.2)])
    ]
    ours = [
        make_run("isthmus", (seconds + 0.5, 3, mse), seconds=seconds, epochs=None)
        for seconds, mse in ((5.0, 0.15), (20.0, 0.05))
    ]
    return [pca, *plain, *ours]


def test_the_table_has_medians_spreads_and_pcas_error(runs):
    head, rows = table_rows(runs)
    table = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["rival"] for row in table] == ["pca", "torch-plain", "isthmus", "isthmus"]
    assert table[1]["test error"] == "0.20000"
    assert table[1]["spread"] == "0.10000 to 0.30000"
    assert table[1]["seconds"] == "3.0"
    assert table[1]["of PCA's"] == "100 %"
    assert table[3]["of PCA's"] == "25 %"


def test_a_stopped_run_is_marked(make_run):
    _, rows = table_rows([make_run("torch-plain", (1.0, 1, 0.5), complete=False)])
    assert "1, stopped" in rows[0]


def test_a_curve_is_the_median_at_each_epoch(runs):
    plain = next(group for group in groups(runs) if group.rival == "torch-plain")
    assert plain.curve() == [(2.0, 0.5), (3.0, 0.2)]


def test_seconds_to_a_quality(runs):
    plain = [run for run in runs if run["job"]["rival"] == "torch-plain"]
    ours = [run for run in runs if run["job"]["rival"] == "isthmus"]
    assert seconds_to(plain, 0.5) == 2.0
    assert seconds_to(plain, 0.2) == 10.0  # seeds: 2, never, 10
    assert seconds_to(plain, 0.15) is None
    assert seconds_to(ours, 0.15) == 5.5
    assert seconds_to(ours, 0.1) == 20.5
    assert seconds_to([], 0.1) is None


def test_plots_are_whole_svg_files(runs, tmp_path):
    seconds, size = tmp_path / "seconds.svg", tmp_path / "size.svg"
    assert draw(runs, seconds, size) == [seconds, size]
    for path in (seconds, size):
        root = ElementTree.fromstring(path.read_text())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        text = " ".join(root.itertext())
        assert {"torch-plain", "isthmus"} <= {word.strip(",") for word in text.split()}


def test_pca_is_a_level_line(runs):
    root = ElementTree.fromstring(against_seconds(runs))
    path = next(p for p in root.findall(".//{*}path") if p.get("class") == "line pca")
    heights = [point.split()[1] for point in str(path.get("d"))[1:].split("L")]
    assert len(set(heights)) == 1


def test_one_size_gives_no_plot_of_sizes(make_run):
    assert against_size([make_run("torch-plain", (1.0, 1, 0.5))]) == ""
    assert against_seconds([]) == ""
