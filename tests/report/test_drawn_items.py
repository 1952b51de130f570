"""The section of new items: as many as said, like the data and none of them."""

from __future__ import annotations

import re

import numpy as np
import pytest

from isthmus import Autoencoder
from isthmus.data import Dataset
from isthmus.report.drawn_items import drawn_section
from isthmus.report.study import Study
from isthmus.uses.evaluation import rival_of


def study(items: np.ndarray, n_train: int, kind: str) -> Study:
    train, test = (
        Dataset("some", part, np.arange(len(part)).astype(str), None, kind, None, None, (), "here")
        for part in (items[:n_train], items[n_train:])
    )
    ae = Autoencoder(3, training={"epochs": 2}, random_state=0).fit(train.items)
    return Study(ae, train, test, rival_of(ae, train.items, None), {"n_train": n_train}, 0)


def test_pictures_are_drawn(digits):
    body = drawn_section(study(digits[:400].astype(np.float32), 300, "images")).body
    tiles = re.findall(r'src="([^"]+)"', body)
    assert len(tiles) == 32
    assert len(set(tiles)) > 28


def test_rows_are_drawn_within_what_the_columns_are(rows):
    # Columns lie at 0, 100, -1, 7, 0 and 1.
    body = drawn_section(study(np.asarray(rows), 80, "table")).body
    second = [float(line[1]) for line in _cells(body)]
    assert len(second) == 6
    assert np.mean(second) == pytest.approx(100, abs=30)


def test_few_test_items_say_so(digits):
    body = drawn_section(study(digits[:110].astype(np.float32), 100, "images")).body
    assert "Fewer than 20" in body


def _cells(body: str) -> list[list[str]]:
    lines = re.findall(r"<tr><th scope=\"row\">.*?</tr>", body)
    return [re.findall(r"<td>([^<]*)</td>", line.replace("\N{MINUS SIGN}", "-")) for line in lines]
