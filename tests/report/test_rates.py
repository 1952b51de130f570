"""The section on files: its figures are those of files that are written and read."""

from __future__ import annotations

import re

import numpy as np
import pytest

from isthmus import Autoencoder
from isthmus.data import open_data
from isthmus.report import write_report
from isthmus.report.rates import jpeg2000, psnr
from isthmus.uses.compression import Codec
from isthmus.uses.evaluation import rival_of

pytest.importorskip("constriction", reason="files need constriction (extra 'compress')")


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> tuple[str, Autoencoder, np.ndarray]:
    folder = tmp_path_factory.mktemp("rates")
    y, x = np.mgrid[:32, :32] / 10
    numbers = np.arange(24)[:, None, None]
    level = 128 + 60 * np.sin(x + numbers) + 50 * np.cos(2 * y - numbers * x / 9)
    pictures = np.repeat(level[..., None], 3, -1).astype(np.uint8)
    np.save(folder / "waves.npy", pictures)
    data = open_data(folder / "waves.npy")
    ae = Autoencoder.from_preset(
        "compression",
        random_state=0,
        network__widths=(8, 8),
        network__blocks=(1, 1),
        network__grid_width=8,
        network__numbers=16,
        training__epochs=0,
    )
    ae.fit(data.items[:20])
    test = data.subset(np.arange(20, 24))
    metrics = {
        "n_components": ae.n_components_,
        "n_parameters": ae.n_parameters_,
        "n_train": 20,
        "n_test": 4,
        "test": {"mse": 0.1, "pca_mse": 0.2, "damaged_mse": None},
    }
    rival = rival_of(ae, data.items[:20])
    write_report(folder / "report.html", ae, data.subset(np.arange(20)), test, rival, metrics)
    return (folder / "report.html").read_text(encoding="utf-8"), ae, test.items


def test_its_figures_are_those_of_real_files(page):
    html, ae, pictures = page
    section = html.split('id="rates"')[1].split("</section>")[0]
    rows = re.findall(r"<t[hd][^>]*>([\d.]+)</t[hd]>\s*<td[^>]*>([\d.]+)</td>", section)
    assert len(rows) == 6
    codec = Codec(ae)
    files = [codec.compress(picture, step=100) for picture in pictures]
    bits = 8 * sum(map(len, files)) / pictures[..., 0].size
    shown = [float(row[0]) for row in rows]
    assert min(abs(each - bits) for each in shown) < 0.002
    assert shown == sorted(shown, reverse=True)
    found = np.mean(
        [psnr(x, codec.decompress(data)) for x, data in zip(pictures, files, strict=True)]
    )
    assert float(rows[0][1]) == pytest.approx(found, abs=0.01)


def test_sections_about_short_codes_are_left_out(page):
    html = page[0]
    assert 'id="code-size"' not in html
    assert "Quality against file size" in html


def test_jpeg2000_is_not_larger_than_asked():
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    assert jpeg2000(picture, 20) is None
    fine, coarse = jpeg2000(picture, 6000), jpeg2000(picture, 1500)
    assert fine is not None
    assert coarse is not None
    assert psnr(picture, fine) > psnr(picture, coarse) + 1


def test_psnr_of_a_known_difference():
    dark, bright = np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8)
    assert psnr(dark, bright) == 0.0
    assert psnr(dark, dark) == 100.0
    assert psnr(dark, dark + 1) == pytest.approx(20 * np.log10(255))
