"""The search for settings in a report, from records made by hand."""

from __future__ import annotations

import re
from html import unescape

import pytest

from isthmus.report import write_report

NAMES = ("training__learning_rate", "network__refine__hidden")


def record(values, pruned=(), **changed) -> dict:
    """A search whose trials reached these values; the first is the default."""
    ended = [v for i, v in enumerate(values) if i not in pruned and v is not None]
    trials = [
        {
            "number": i,
            "pruned": i in pruned,
            "default": i == 0,
            "value": value,
            "seconds": 30.0,
            "values": dict(zip(NAMES, (10.0**-i, f"{i}-{i}"), strict=True)),
        }
        for i, value in enumerate(values)
    ]
    found = {
        "unit": "pca",
        "trials": trials,
        "best": values.index(min(ended)),
        "default": 0,
        "before": trials[0]["values"],
        "importances": dict(zip(NAMES, (0.75, 0.25), strict=True)),
        "settings": {},
    }
    return found | changed


@pytest.fixture
def section(wine_run, tmp_path):
    """The section of a record as HTML."""

    def write(found: dict) -> str:
        path = tmp_path / "report.html"
        run = wine_run
        uses = {"tuning": found}
        write_report(path, run.ae, run.train, run.test, run.pca, run.metrics, uses=uses)
        page = path.read_text(encoding="utf-8")
        found = re.search(r'<section id="trials".*?</section>', page, re.DOTALL)[0]
        return unescape(found)

    return write


def heights(html: str, kind: str) -> list[float]:
    """Places of dots, from above."""
    found = re.findall(rf'<circle class="dot {kind}" cx="[\d.]+" cy="([\d.]+)" r="3.2"', html)
    return [float(y) for y in found]


def test_it_says_what_was_found_and_what_mattered(section):
    html = section(record([0.9, 0.95, 0.8, 0.97], pruned=(3,)))
    assert "4 trials, 1 of them ended early; held-out error (PCA: 1): 0.8 in trial 2" in html
    assert "the default's is 0.9" in html
    assert "2 min" in html
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>', html)
    assert rows == [
        ("training__learning_rate", "1.00", "0.0100", "75 %"),
        ("network__refine__hidden", "0-0", "2-2", "25 %"),
    ]
    widths = re.findall(r'<i style="width:([\d.]+)%">', html)
    assert widths == ["100.0", "33.3"]


def test_dots_lie_where_their_values_do_and_the_default_is_marked(section):
    html = section(record([0.9, 0.95, 0.8, 0.97], pruned=(3,)))
    default, trials, early = (heights(html, kind) for kind in ("held", "trial", "early"))
    assert len(default) == len(early) == 1
    assert len(trials) == 2
    # On an even axis; the page counts from above.
    scale = (trials[0] - trials[1]) / (0.95 - 0.8)
    assert default[0] == pytest.approx(trials[0] - scale * (0.95 - 0.9), abs=0.2)
    steps = re.search(r'<path class="line ae" d="M(.*?)"', html)[1].split("L")
    heights_of_steps = [float(step.split()[1]) for step in steps]
    assert heights_of_steps == [default[0], default[0], trials[1], trials[1]]


def test_a_trial_far_off_leaves_room_for_the_others(section):
    values = [0.9, 0.91, 0.92, 0.93, 0.94, 80.0]
    html = section(record(values, unit="loss"))
    assert "1 lie above 0.940" in html
    # It lies on the edge, where the next one does.
    trials = heights(html, "trial")
    assert trials[-1] == trials[-2] < trials[0]


def test_searches_that_found_little_are_shown_too(section):
    html = section(record([0.9, 0.95], importances={}))
    assert "none is below the default's 0.9" in html
    assert "what mattered cannot be said" in html
    html = section(record([None, 0.5], pruned=(0,), importances={}))
    assert "the default diverged" in html
    assert "2 trials, 1 of them ended early" in html
