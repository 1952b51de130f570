"""What the site is made of: settings, formulas, names and links, by the hooks of `mkdocs.yml`."""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import isthmus
from isthmus import Autoencoder
from isthmus.presets import PRESETS
from isthmus.training import Training

ROOT = Path(isthmus.__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if "plans" not in page.parts]


def hook(name: str) -> ModuleType:
    """A module of docs/hooks."""
    if str(DOCS / "hooks") not in sys.path:
        sys.path.insert(0, str(DOCS / "hooks"))
    return importlib.import_module(name)


tables = hook("setting_tables")
CHOICES = [
    (slot, name, kind) for slot, base in tables.SLOTS.items() for name, kind in base.choices.items()
]


@pytest.mark.parametrize(("slot", "name", "kind"), CHOICES, ids=lambda each: str(each)[:30])
def test_every_choice_has_its_part_of_a_page(slot: str, name: str, kind: type[Any]) -> None:
    page = (DOCS / "slots" / f"{slot}.md").read_text(encoding="utf-8")
    assert f"\n## {name}\n" in page
    assert f"<!-- settings {slot} {name} -->" in page


@pytest.mark.parametrize("kind", [Training, Autoencoder, *(kind for *_, kind in CHOICES)])
def test_every_setting_is_described(kind: type[Any]) -> None:
    found = {name: (allowed, what) for name, _, allowed, what in tables.settings_of(kind)}
    assert list(found) == list(inspect.signature(kind).parameters)
    for name, (allowed, what) in found.items():
        assert allowed, name
        assert what or name == "activation", name


def test_a_table_has_defaults_and_ranges() -> None:
    row = "| `temperature` | `0.2` | a number in (0, inf) | Of the softmax: cosines are divided"
    assert row in tables.setting_table("loss", "agreement")


def test_figures_in_pages_are_those_of_the_code() -> None:
    markers = hook("markers")
    wrong = {page.name: markers.wrong_constants(page.read_text("utf-8")) for page in PAGES}
    assert not any(wrong.values()), wrong
    written = "at 0.5<!-- = isthmus.training.judge.LUCK --> and 3<!-- = isthmus.data.cache.NO -->"
    with pytest.raises(AttributeError, match="NO"):
        markers.wrong_constants(written)
    assert markers.wrong_constants(written[:50]) == [
        "isthmus.training.judge.LUCK is 0.0025, and 0.5 is written"
    ]


def test_rows_come_from_the_benchmarks(caplog: pytest.LogCaptureFixture) -> None:
    markers = hook("markers")
    table = markers.expanded("<!-- rows anomalies mean -->").splitlines()
    assert table[0].startswith("| table | isthmus |")
    assert [row.split(" |")[0] for row in table[2:]] == ["| mean"]
    with caplog.at_level(logging.WARNING):
        markers.expanded("<!-- rows anomalies nobody -->")
    assert "lacks" in caplog.text


def test_remarks_that_are_no_markers_stay() -> None:
    page = "<!-- table anomalies -->\nx\n<!-- end -->"
    assert hook("markers").expanded(page) == page


def test_presets_commands_and_examples_are_listed() -> None:
    markers = hook("markers")
    presets = markers.expanded("<!-- presets -->")
    assert all(f"### {name}\n" in presets for name in PRESETS)
    assert "161,804 parameters" in presets
    assert "| `--false-alarms` |" in markers.expanded("<!-- commands -->")
    shown = markers.expanded("<!-- examples -->")
    assert all(path.name in shown for path in (ROOT / "examples").iterdir())


def test_names_are_all_public_ones_and_the_estimators() -> None:
    names = hook("public_names").public_names()
    assert set(isthmus.__all__) - {"__version__"} < set(names)
    assert names["CodeDensity"] == "isthmus.uses.generation.CodeDensity"
    assert "FewLabels" not in names


def test_formulas_are_drawn(caplog: pytest.LogCaptureFixture) -> None:
    formulas = hook("mathematics").formulas
    html = r'<p><span class="arithmatex">\(x_1 &lt; y\)</span></p>'
    drawn = formulas(html, "page.md")
    assert "<msub><mi>x</mi><mn>1</mn></msub><mo>&#x0003C;</mo><mi>y</mi>" in drawn
    assert not caplog.records
    formulas(r'<div class="arithmatex">\[\nosuch x\]</div>', "page.md")
    assert "page.md" in caplog.text


def test_links_beside_the_docs_lead_to_pages_or_to_the_repository() -> None:
    links = hook("markers").links_inside
    text = "[a](../CHANGELOG.md) [b](../benchmarks/tables.py) [c](benchmarks.md) [d](../nothing)"
    assert links(text, DOCS, "https://host/repo") == (
        "[a](changelog.md) [b](https://host/repo/blob/main/benchmarks/tables.py) "
        "[c](benchmarks.md) [d](../nothing)"
    )
    assert links("[a](../../README.md)", DOCS / "uses", "") == "[a](../index.md)"


def test_pages_that_the_navigation_does_not_name_are_found(tmp_path: Path) -> None:
    pages = hook("site_pages")
    for name in ("index.md", "scale.md", "hub.md"):
        (tmp_path / name).touch()
    assert pages.unnamed([{"Home": "index.md"}, {"More": ["hub.md"]}], tmp_path) == ["scale.md"]


def test_what_a_site_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    found = hook("site_checks").loaded_from_elsewhere
    (tmp_path / "a.html").write_text(
        '<a href="https://x.org">x</a><link rel="canonical" href="https://x.org">'
        '<img src="here.png"><script src="https://x.org/a.js"></script>'
    )
    (tmp_path / "a.css").write_text('b {background: url("//x.org/b.png")} c {src: url(d.ttf)}')
    assert found(tmp_path) == ["a.html: https://x.org/a.js", "a.css: //x.org/b.png"]
