"""Kinds of items, named by a few labels."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.layout import Layout
from isthmus.uses.spreading import SpreadClasses

__all__ = ["NamedKinds"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

STEPS = 10


class NamedKinds:
    """Each class is a normal distribution where the graph's slowest directions lay the items out.

    It begins at labels that spread along ties, and moves to where items lie densest near there, by
    expectation maximisation with one variance: where classes are kinds, which labels were drawn
    hardly matters any more. As many directions as classes: Ng, Jordan and Weiss, "On spectral
    clustering" (NeurIPS 2001).
    """

    graph: NeighbourGraph
    held: Floats

    def learn(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Self:
        """See `isthmus.uses.spreading.Way`."""
        self.graph = graph
        self.held = SpreadClasses().learn(graph, which, labels).held
        n_classes = labels.shape[1]
        places = Layout.of(graph, n_classes).first(n_classes)
        for _ in range(STEPS):
            masses = np.maximum(self.held.sum(0), np.finfo(float).tiny)
            means = self.held.T @ places / masses[:, None]
            squares = np.square(places).sum(1)[:, None] - 2 * places @ means.T
            squares = np.maximum(squares + np.square(means).sum(1), 0.0)
            variance = float((self.held * squares).sum() / places.size)
            logarithms = -squares / (2 * max(variance, np.finfo(float).tiny))
            shares = np.exp(logarithms - logarithms.max(1, keepdims=True))
            self.held = shares / shares.sum(1, keepdims=True)
        return self

    def inside(self, which: Indices) -> Floats:
        """Answers for items of the graph, shape (len(which), c)."""
        return self.held[which]

    def outside(self, codes: Floats) -> Floats:
        """Answers for other codes, shape (n, c)."""
        return self.graph.of_others(codes, self.held)
