"""The page as a whole: whole, self-contained, true to the metrics, the same every time."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.errors import BadInput
from isthmus.report import write_report
from isthmus.report.page import SECTIONS
from isthmus.report.text import count, number

KEYS = (
    "data",
    "training",
    "items",
    "odd",
    "code-size",
    "maps",
    "codes",
    "layers",
    "blends",
    "new",
    "reproduce",
)


def pixels(image: dict[str, str | None]) -> np.ndarray:
    head, _, payload = str(image["src"]).partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(payload))))


def without_payloads(html: str) -> str:
    return re.sub(r"base64,[A-Za-z0-9+/=]*", "", html)


@pytest.mark.parametrize("kind", ["digits_page", "wine_page"])
def test_every_section_is_there_and_linked(kind, request):
    page = request.getfixturevalue(kind)
    assert len(KEYS) == len(SECTIONS)
    for key in KEYS:
        assert key in page.ids
        assert f"#{key}" in page.addresses
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("kind", ["digits_page", "wine_page"])
def test_nothing_is_loaded_from_elsewhere(kind, request):
    page = request.getfixturevalue(kind)
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert not {"link", "iframe", "object", "embed"} & set(page.tags)
    assert not re.search(r"@import|url\((?!\$\{uri\})", without_payloads(page.html))
    assert "default-src 'none'" in page.html


@pytest.mark.parametrize("kind", ["digits_page", "wine_page"])
def test_no_number_is_undefined(kind, request):
    plain = without_payloads(request.getfixturevalue(kind).html).split("<script>")[0]
    assert not re.search(r"\bnan\b|\binf\b|\bNaN\b|Infinity|\bNone\b", plain)


def test_every_image_decodes_and_has_words(digits_page):
    assert len(digits_page.images) > 150
    for image in digits_page.images:
        assert pixels(image).size
        assert image["alt"]


def test_originals_are_the_data_pixel_by_pixel(digits_page, digits_run):
    test = digits_run.test
    names = {f"{i} ({label})": j for j, (i, label) in enumerate(zip(test.ids, test.labels))}  # noqa: B905
    shown = [image for image in digits_page.images if image["alt"] in names]
    assert len(shown) >= 18
    originals = [image for image in shown if pixels(image).ndim == 2]
    for image in originals:
        np.testing.assert_array_equal(pixels(image), test.items[names[str(image["alt"])]])


def test_numbers_are_those_of_the_metrics(digits_page, digits_run):
    metrics = digits_run.metrics
    for value in (metrics["test"]["mse"], metrics["test"]["pca_mse"]):
        assert number(value) in digits_page.text
    for row in metrics["by_code_size"]:
        assert number(row["mse"]) in digits_page.text
        assert number(row["pca_mse"]) in digits_page.text
    assert count(metrics["n_parameters"]) in digits_page.text
    assert "120 to learn from, 40 to test" in digits_page.text
    assert "pixel range 0..1" in digits_page.text


def test_a_table_shows_every_column(wine_page, wine_run):
    for name in wine_run.train.columns:
        assert wine_page.text.count(name) >= 2
    assert "standardised columns" in wine_page.text


@pytest.mark.parametrize("kind", ["digits_page", "wine_page"])
def test_pca_stands_beside_the_autoencoder_everywhere(kind, request):
    page = request.getfixturevalue(kind)
    for key in ("training", "items", "code-size", "maps", "blends"):
        part = page.html.split(f'<section id="{key}"')[1].split("</section>")[0]
        assert "PCA" in part or (kind == "wine_page" and key == "blends"), key


def test_what_users_named_is_escaped(digits_run, tmp_path):
    evil = "<script>alert('x')</script>&\""
    labels = np.array([evil] * len(digits_run.test))
    run = replace(
        digits_run,
        train=replace(digits_run.train, name=evil, source=evil),
        test=replace(digits_run.test, labels=labels, ids=labels),
    )
    page = run.write(tmp_path / "page.html", preset=evil, unit=evil)
    assert "<script>alert" not in page.html
    assert page.tags.count("script") == 2
    assert evil in page.text


def test_a_column_may_be_called_anything(make_run, rows, tmp_path):
    names = ("<b>", "&amp;", '"', "a" * 200, "", "ü")
    page = make_run(rows, None, names).write(tmp_path / "page.html")
    assert "<b>" in page.text
    assert "a" * 200 in page.html


def test_the_same_seed_gives_the_same_bytes(digits_run, tmp_path):
    for name in ("one.html", "two.html"):
        digits_run.write(tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_another_seed_shows_other_items(digits_run, digits_page, tmp_path):
    path = tmp_path / "page.html"
    run = digits_run
    write_report(path, run.ae, run.train, run.test, run.pca, run.metrics, seed=1)
    assert path.read_text(encoding="utf-8") != digits_page.html


def test_skipped_files_are_told(digits_page):
    assert "1 file was left out" in digits_page.text
    assert "broken <1>.png" in digits_page.text


def test_no_test_items_are_refused(digits_run, tmp_path):
    empty = replace(digits_run, test=digits_run.test.subset([]))
    with pytest.raises(BadInput, match="0 test items"):
        empty.write(tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_an_earlier_report_survives_a_failure(digits_run, tmp_path: Path):
    path = tmp_path / "page.html"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(KeyError):
        write_report(path, digits_run.ae, digits_run.train, digits_run.test, digits_run.pca, {})
    assert path.read_text(encoding="utf-8") == "before"


def test_held_out_items_are_not_counted_twice(digits_run, tmp_path):
    """A run gives all its data as ``train`` where the test items were held out of them."""
    train, test = digits_run.train, digits_run.test
    both = replace(
        train,
        items=np.concatenate([train.items, test.items]),
        ids=np.concatenate([train.ids, test.ids]),
        labels=np.concatenate([train.labels, test.labels]),
    )
    alone = digits_run.write(tmp_path / "alone.html")
    page = replace(digits_run, train=both).write(tmp_path / "both.html")
    label = str(test.labels[0])
    learnt, tested = int((train.labels == label).sum()), int((test.labels == label).sum())
    for shown in (alone, page):
        assert f"{learnt} + {tested}" in shown.text
        assert "120 to learn from, 40 to test" in shown.text
