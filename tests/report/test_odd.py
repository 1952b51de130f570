"""The section of odd items: what does not belong is shown first."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine

from isthmus import Autoencoder
from isthmus.data import Dataset
from isthmus.report.odd import odd_section
from isthmus.report.study import Study
from isthmus.uses.evaluation import rival_of


def dataset(items: np.ndarray, first: int, kind: str) -> Dataset:
    ids = np.array([f"item-{first + i}" for i in range(len(items))])
    return Dataset("some", items, ids, None, kind, None, None, (), "made here")


def study(items: np.ndarray, n_train: int, kind: str, **settings: object) -> Study:
    train, test = dataset(items[:n_train], 0, kind), dataset(items[n_train:], n_train, kind)
    ae = Autoencoder(4, training={"epochs": 5}, random_state=0, **settings).fit(train.items)
    return Study(ae, train, test, rival_of(ae, train.items, None), {"n_train": n_train}, 0)


@pytest.fixture
def pictures() -> Study:
    zeros = load_digits().images[load_digits().target == 0].astype(np.float32)
    zeros[120, :4] = 16 - zeros[120, :4]
    return study(zeros, 100, "images")


def test_a_picture_that_was_spoilt_comes_first_with_where_it_is(pictures):
    body = odd_section(pictures).body
    names = re.findall(r'alt="(item-\d+)"', body)
    assert names[0] == "item-120"
    assert len(names) == 8
    assert body.count("<img") == 16


def test_a_row_that_was_spoilt_comes_first_with_its_column():
    rows = load_wine().data
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    rows[150, 3] = 300.0
    body = odd_section(study(rows, 110, "table", scale="columns")).body
    first = re.search(r'<th scope="row">(item-\d+)</th>.*?<td>([^<]*)</td></tr>', body, re.S)
    assert first.group(1) == "item-150"
    assert first.group(2).startswith("column 3 300")


def test_few_test_items_say_so(pictures):
    few = replace(pictures, test=pictures.test.subset(np.arange(10)))
    assert "<img" not in odd_section(few).body
    assert "Fewer than 20" in odd_section(few).body
