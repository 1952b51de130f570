"""Ways from a few labels to an answer for every item."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus.uses.alike import NeighbourGraph

__all__ = ["LinearClasses", "LinearValues", "SpreadClasses", "SpreadValues", "Way"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

STEPS = 1000
STRENGTHS = np.logspace(-3, 5, 17)


class Way(Protocol):
    """Learns from labels of some items of a graph, and answers for all, and for others.

    Labels and answers are rows: of classes a share for each, summing to 1; of values one number.
    """

    def learn(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Self:
        """Learn from the labels, shape (m, c), of the items ``which`` of a graph."""

    def inside(self, which: Indices) -> Floats:
        """Answers for items of the graph, shape (len(which), c)."""

    def outside(self, codes: Floats) -> Floats:
        """Answers for other codes, shape (n, c)."""


class _Spread:
    """Labels spread along the ties of the graph; others follow their nearest items."""

    graph: NeighbourGraph
    held: Floats

    def inside(self, which: Indices) -> Floats:
        return self.held[which]

    def outside(self, codes: Floats) -> Floats:
        return self.graph.of_others(codes, self.held)

    def _spread(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Floats:
        given = np.zeros((len(graph.scales), labels.shape[1]))
        given[which] = labels
        # What rounding made negative.
        return np.maximum(graph.spread(given), 0.0)


class SpreadClasses(_Spread):
    """Each class spreads; what it holds in all is made its share of the labels.

    Zhu, Ghahramani and Lafferty, "Semi-supervised learning using Gaussian fields and harmonic
    functions" (ICML 2003), section 4.
    """

    def learn(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Self:
        spread = self._spread(graph, which, labels)
        masses = np.maximum(spread.sum(0), np.finfo(float).tiny)
        # A class that happens to have few labels of few is not yet rare.
        shares = labels.sum(0) + 1
        shares = shares / shares.sum()
        held = spread / masses * shares
        totals = held.sum(1, keepdims=True)
        # Where no label reaches, all that is known is the shares.
        self.held = np.where(totals > 0, held / np.maximum(totals, np.finfo(float).tiny), shares)
        self.graph = graph
        return self


class SpreadValues(_Spread):
    """The mean of the values that reach an item, each weighed by how strongly it does."""

    def learn(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Self:
        mean = labels.mean(0)
        pairs = np.column_stack([labels - mean, np.ones(len(labels))])
        # Signs are kept apart: spread values are sums of both.
        above, below = (self._spread(graph, which, np.maximum(s * pairs, 0)) for s in (1, -1))
        reached = above[:, -1:]
        share = np.maximum(reached, np.finfo(float).tiny)
        self.held = np.where(reached > 0, (above - below)[:, :-1] / share, 0.0) + mean
        self.graph = graph
        return self


class _Linear(ABC):
    """A linear model of the codes themselves."""

    graph: NeighbourGraph
    model: Any

    @abstractmethod
    def outside(self, codes: Floats) -> Floats:
        """See `Way`."""

    def inside(self, which: Indices) -> Floats:
        return self.outside(self.graph.codes[which])


class LinearClasses(_Linear):
    """Logistic regression."""

    def learn(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Self:
        self.graph, self.n_classes = graph, labels.shape[1]
        classes = labels.argmax(1)
        self.present = np.unique(classes)
        if len(self.present) > 1:
            self.model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=STEPS))
            self.model.fit(graph.codes[which], classes)
        return self

    def outside(self, codes: Floats) -> Floats:
        found = np.zeros((len(codes), self.n_classes))
        only_one = len(self.present) == 1
        found[:, self.present] = 1.0 if only_one else self.model.predict_proba(codes)
        return found


class LinearValues(_Linear):
    """Ridge regression; how strongly it is held down is chosen by leaving out one at a time."""

    def learn(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Self:
        self.graph = graph
        self.model = make_pipeline(StandardScaler(), RidgeCV(STRENGTHS))
        self.model.fit(graph.codes[which], labels[:, 0])
        return self

    def outside(self, codes: Floats) -> Floats:
        return np.asarray(self.model.predict(codes))[:, None]
