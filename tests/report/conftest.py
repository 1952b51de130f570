from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset, Skipped
from isthmus.data.rows import Rows
from isthmus.principal import PrincipalComponents, fit_principal
from isthmus.report import write_report
from isthmus.uses.evaluation import evaluate

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Reads a page: its ids, images, text, links, and whether every element is closed."""

    def __init__(self, html: str):
        super().__init__()
        self.html = html
        self.ids: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "img":
            self.images.append(found)
        self.addresses += [str(found[key]) for key in ("src", "href", "data") if key in found]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@dataclass
class Run:
    """A fit and everything its report is made of."""

    ae: Autoencoder
    train: Dataset
    test: Dataset
    pca: PrincipalComponents
    metrics: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path, **changed: Any) -> Page:
        metrics = {**self.metrics, **changed}
        write_report(path, self.ae, self.train, self.test, self.pca, metrics)
        return Page(path.read_text(encoding="utf-8"))


def dataset(items: Any, labels: Any = None, columns: Any = None, **changed: Any) -> Dataset:
    """Some items as a data set of their kind."""
    values = np.asarray(items)
    fields = {
        "name": "sample",
        "ids": np.arange(len(values)).astype(np.str_),
        "labels": None if labels is None else np.asarray(labels).astype(np.str_),
        "kind": "table" if values.ndim == 2 else "images",
        "columns": columns,
        "test": None,
        "skipped": (),
        "source": "made for a test",
        **changed,
    }
    return Dataset(items=values, **fields)


def fitted_run(ae: Autoencoder, data: Dataset, n_test: int) -> Run:
    """Fit to all but the last items, and measure on these."""
    n = len(data) - n_test
    train, test = data.subset(np.arange(n)), data.subset(np.arange(n, len(data)))
    ae.fit(train.items)
    rows = Rows(train.items, ae.scaling_)
    pca = fit_principal(rows.chunks, n, ae.n_features_in_, ae.n_components_)
    evaluation = evaluate(ae, test.items, pca)
    metrics = {
        "preset": None,
        "n_components": ae.n_components_,
        "n_parameters": ae.n_parameters_,
        "seconds": 1.5,
        "epochs": ae.n_iter_,
        "interrupted": False,
        "unit": ae.scaling_.unit,
        "n_train": n,
        "n_test": n_test,
        "test": {"mse": evaluation.mse[-1], "pca_mse": evaluation.pca_mse[-1]},
        "by_code_size": evaluation.by_code_size() if ae.ordered else None,
        "versions": {"isthmus": "0.0.0", "numpy": np.__version__},
    }
    return Run(ae, train, test, pca, metrics)


def small(n_components: int | None = 6, **settings: Any) -> Autoencoder:
    """The default with narrow layers and two epochs."""
    network = {"name": "pca-start", "refine": {"name": "dense", "hidden": (16,)}}
    chosen = {"network": network, "training": {"epochs": 2}, "random_state": 0, **settings}
    return Autoencoder(n_components, **chosen)


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    """Fits a small autoencoder to some items; what `dataset` takes, and ``ae`` and ``n_test``.

    ``ae`` is an autoencoder, or settings of the small one.
    """

    def make(items: Any, *args: Any, ae: Any = None, n_test: int = 12, **changed: Any) -> Run:
        chosen = ae if isinstance(ae, Autoencoder) else small(**(ae or {}))
        return fitted_run(chosen, dataset(items, *args, **changed), n_test)

    return make


@pytest.fixture(scope="session")
def digits_run(make_run: Callable[..., Run]) -> Run:
    bunch = load_digits()
    items = np.rint(bunch.images * (255 / 16)).astype(np.uint8)[:160]
    skipped = (Skipped("broken <1>.png", "not an image"),)
    return make_run(items, bunch.target[:160], n_test=40, skipped=skipped)


@pytest.fixture(scope="session")
def wine_run(make_run: Callable[..., Run]) -> Run:
    bunch = load_wine()
    order = np.random.default_rng(0).permutation(len(bunch.data))
    names = tuple(bunch.feature_names)
    return make_run(
        bunch.data[order],
        bunch.target[order],
        names,
        ae={"n_components": 3, "scale": "columns"},
        n_test=30,
    )


@pytest.fixture(scope="session")
def digits_page(digits_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return digits_run.write(tmp_path_factory.mktemp("report") / "digits.html")


@pytest.fixture(scope="session")
def wine_page(wine_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return wine_run.write(tmp_path_factory.mktemp("report") / "wine.html")
