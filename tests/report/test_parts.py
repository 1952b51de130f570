"""The pieces: numbers as text, axes, pictures, colours."""

from __future__ import annotations

import base64
import doctest
import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

import isthmus.report.plot
import isthmus.report.text
from isthmus.report.blends import pairs_of
from isthmus.report.colours import diverging, sequential
from isthmus.report.layers import layers_of
from isthmus.report.maps import classes_of
from isthmus.report.pictures import Window, grid_of, png_uri, window_of
from isthmus.report.plot import Axis, Line, line_chart, nice_ticks
from isthmus.report.study import Study
from isthmus.report.text import duration, number, percent, shortened, signed


@pytest.mark.parametrize("module", [isthmus.report.plot, isthmus.report.text])
def test_examples_run(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00541, "0.00541"),
        (0.009, "0.00900"),
        (12.34, "12.3"),
        (999.6, "1,000"),
        (1234.5, "1,234"),
        (float("nan"), "not measured"),
        (None, "not measured"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_very_small_and_large_numbers_have_a_power():
    assert number(3.2e-7).startswith("3.20")
    assert number(3.2e-7).endswith("10⁻⁷")
    assert number(4.2e9).endswith("10⁹")


def test_words_for_numbers():
    assert signed(-1.5) == "\N{MINUS SIGN}1.50"
    assert percent(0.4) == "40 %"
    assert percent(0.031) == "3.1 %"
    assert duration(59.9) == "60 s"
    assert duration(200) == "3 min 20 s"
    assert len(shortened("a/very/long/path/to/a/picture/of/a/thing.png", 20)) == 20
    assert shortened("a/very/long/path/to/a/picture/of/a/thing.png", 20).endswith("thing.png")


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.0123, 0.0124), (-3, 7), (1e-9, 2e-9), (0, 1e6)]
)
def test_ticks_are_few_and_inside(low, high):
    ticks = nice_ticks(low, high)
    assert 2 <= len(ticks) <= 11
    assert all(low - 1e-12 <= tick <= high + 1e-12 for tick in ticks)
    assert all(a < b for a, b in pairwise(ticks))


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("y", [[1.0], [0.0, 0.0], [2.0, 2.0], [-5.0, 3.0], [1e-7, 1e3], [0.0, 1.0]])
def test_charts_hold_any_numbers(y, log):
    line = Line("one", "ae", [float(i + 1) for i in range(len(y))], y)
    chart = line_chart([line], Axis("x", log=log), Axis("y", log=log), "a chart")
    assert "nan" not in chart
    assert "inf" not in chart
    assert chart.count("<svg") == chart.count("</svg>") == 1


def test_a_window_fits_its_pictures():
    assert window_of(np.zeros((3, 4, 4), np.uint8)) == Window(0.0, 255.0)
    assert window_of(np.full((3, 4, 4), 0.5)) == Window(0.0, 1.0)
    constant = window_of(np.full((3, 4, 4), 9.0))
    assert constant.high > constant.low


def test_bytes_are_shown_unchanged():
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(Window(0.0, 255.0).show(pixels), pixels)
    payload = base64.b64decode(png_uri(pixels).partition(",")[2])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(payload))), pixels)


@pytest.mark.parametrize("k", [1, 2, 3, 7, 16, 32, 64, 100, 500, 1024])
def test_a_code_becomes_a_near_square(k):
    grid = grid_of(np.arange(k, dtype=float))
    rows, columns = grid.shape
    assert rows * columns >= k
    assert rows <= columns <= 4 * rows or k < 4
    np.testing.assert_array_equal(grid.reshape(-1)[:k], np.arange(k))


def test_known_grids():
    assert grid_of(np.zeros(1024)).shape == (32, 32)
    assert grid_of(np.zeros(32)).shape == (4, 8)


def test_colours_are_signed_and_symmetric():
    blue, white, orange = diverging(np.array([-1.0, 0.0, 1.0]), 1.0).astype(int)
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert white.min() > 240
    np.testing.assert_array_equal(diverging(np.array([-9.0]), 1.0)[0], blue)
    assert sequential(np.array([2.0]), 2.0, 2.0).shape == (1, 3)


def test_pairs_have_different_labels(digits_run):
    run = digits_run
    few = np.where(run.test.labels < "5", "low", "high")
    study = Study(run.ae, run.train, replace(run.test, labels=few), run.pca, run.metrics, 0)
    pairs = pairs_of(study)
    assert len(pairs) == 4
    assert all(few[a] != few[b] for a, b in pairs)


def test_layers_are_named_and_hooks_removed(digits_run):
    encoder = digits_run.ae.model_.encoder
    layers = layers_of(encoder, torch.zeros(1, 8, 8, 1))
    assert [layer.name.split(":")[0] for layer in layers] == ["refine", "refine", "adjust"]
    assert [layer.output.shape for layer in layers] == [(16,), (6,), (6,)]
    assert not any(module._forward_hooks for module in encoder.modules())


def test_rare_labels_are_gathered():
    labels = np.array([f"{i:02}" for i in range(30) for _ in range(30 - i)])
    classes = classes_of(labels, len(labels))
    assert len(classes.names) == 21
    assert classes.names[-1] == "10 others"
    assert classes.kind(20) == "c-rest s0"
    assert len({classes.kind(i) for i in range(21)}) == 21
