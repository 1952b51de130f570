"""Learning from a few labels, by what all items say of each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import drawn
from isthmus.inputs import as_items
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.fine_tuning import FineTuned, Tuning
from isthmus.uses.labelled import FOLDS, known_labels, parts
from isthmus.uses.own_fit import takes_gaps, unfitted
from isthmus.uses.spreading import Way

__all__ = ["FewLabels", "Judged"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

Making = Callable[[], Way]

# Tuning an encoder takes minutes: it is tried on halves of the labels.
TUNED_FOLDS = 2
# Items that are compared with each other: of more as many are drawn, the others follow them.
MOST_ITEMS = 2**16


@dataclass(frozen=True)
class Judged:
    """How well labels that were held out, each once, are told by the others.

    Attributes
    ----------
    n : int
        Labels judged: of a class with one label there is none to learn from.
    score : float or None
        Accuracy of classes, R^2 of values; None where nothing could be judged.
    low, high : float or None
        Where the accuracy on new items likely is, at 95 %; None for values.
    guess : float
        The score of the best answer without looking at items.
    enough : bool
        Whether labels tell more than that guess, by more than chance explains at 95 %.
    """

    n: int
    score: float | None
    low: float | None
    high: float | None
    guess: float
    enough: bool


class FewLabels(BaseEstimator):
    """What the classifier and the regressor share.

    Several ways to learn are tried on labels that are held out, each once; the best learns from
    all. The graph of neighbours between all items, labelled or not, is one of them; with
    ``fine_tune`` an encoder that learns the labels itself is another.
    """

    numbers: ClassVar[bool]
    ways: ClassVar[Sequence[type[Way]]]
    tuned_way: ClassVar[type[FineTuned]]

    def __init__(
        self,
        autoencoder: Autoencoder | None = None,
        *,
        fine_tune: bool = False,
        random_state: int = 0,
    ):
        self.autoencoder = autoencoder
        self.fine_tune = fine_tune
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn a code from all items, then the labels from those that have one.

        Parameters
        ----------
        X : array-like, shape (n, p), (n, H, W) or (n, H, W, C)
        y : array-like, shape (n,)
            None, NaN and empty text mark items without a label; -1 too, where labels are classes.

        Raises
        ------
        BadInput
            If X or y cannot be used, or there is no label at all.
        """
        items = as_items(self, X, reset=True, gaps=takes_gaps(self.autoencoder))
        known_labels(y, len(items), numbers=self.numbers)
        self.autoencoder_ = ae = unfitted(self.autoencoder, self.random_state).fit(items)
        tuning = Tuning(ae, items, self.random_state) if self.fine_tune else None
        return self.fit_codes(ae.transform(items), y, tuning=tuning)

    def fit_codes(
        self,
        codes: Floats,
        y: Any,
        graph: NeighbourGraph | None = None,
        tuning: Tuning | None = None,
    ) -> Self:
        """The same for codes that are there already.

        Parameters
        ----------
        codes : ndarray, shape (n, k)
        y : array-like, shape (n,)
        graph : NeighbourGraph or None
            That of all these codes, where it was made before.
        tuning : Tuning or None
            What the codes came from, where the encoder may learn the labels too.
        """
        which, found = known_labels(y, len(codes), numbers=self.numbers)
        others = np.setdiff1d(np.arange(len(codes)), which)
        room = max(0, MOST_ITEMS - len(which))
        compared = np.union1d(which, others[drawn(len(others), room, self.random_state)])
        whole = graph is not None and len(compared) == len(codes) == len(graph.codes)
        self._graph = graph if whole and graph else NeighbourGraph.of(codes[compared])
        self._compared, which = compared, np.searchsorted(compared, which)
        labels = self._as_rows(found)
        way, held_out = self._best(self.ways, which, labels, found, FOLDS)
        if tuning is not None:
            tuned = partial(self.tuned_way, tuning.of(compared))
            better, by_halves = self._best((way, tuned), which, labels, found, TUNED_FOLDS)
            if better is tuned:
                way, held_out = better, by_halves
        self._learn_from_held_out(*held_out, labels)
        self._way = way().learn(self._graph, which, labels)
        self.way_ = type(self._way).__name__
        self._labelled = which
        self._codes = codes
        return self

    def answers(self, codes: Floats, items: NDArray[Any] | None = None) -> Floats:
        """Answers for codes, shape (n, c): a share for each class, or a value.

        Where the encoder was tuned it sees ``items``, what the codes are of; without them codes
        are told as those nearest to them.
        """
        check_is_fitted(self)
        if items is not None and isinstance(self._way, FineTuned):
            return self._put_right(self._way.of_items(items))
        return self._put_right(self._way.outside(codes))

    def own_answers(self) -> Floats:
        """Answers for the items of the fit, shape (n, c)."""
        inside = self._put_right(self._way.inside(np.arange(len(self._compared))))
        found = np.empty((len(self._codes), inside.shape[1]))
        found[self._compared] = inside
        others = np.setdiff1d(np.arange(len(found)), self._compared)
        if len(others):
            found[others] = self.answers(self._codes[others])
        return found

    def _answers_to(self, X: Any) -> Floats:
        check_is_fitted(self)
        items = as_items(self, X, reset=False, gaps=self.autoencoder_.takes_gaps)
        return self.answers(self.autoencoder_.transform(items), items)

    def _best(
        self,
        ways: Sequence[Making],
        which: Indices,
        labels: Floats,
        found: NDArray[Any],
        n_parts: int,
    ) -> tuple[Making, tuple[Floats, Floats]]:
        """The way that is best on held-out labels, the first where none can be; see `_held_out`."""
        split = parts(found, self.random_state, numbers=self.numbers, most=n_parts)
        held_out = [self._held_out(way, which, labels, split) for way in ways]
        best = int(np.argmin([self._loss(*told) for told in held_out]))
        return ways[best], held_out[best]

    def _held_out(
        self, way: Making, which: Indices, labels: Floats, split: list[tuple[Indices, Indices]]
    ) -> tuple[Floats, Floats]:
        """Answers for labels that were held out, and these labels; no rows where there is one."""
        told, wanted = [labels[:0]], [labels[:0]]
        for learnt, judged in split:
            model = way().learn(self._graph, which[learnt], labels[learnt])
            fair = judged
            if not self.numbers:
                # A class of which nothing was learnt cannot be told.
                learnt_of = labels[learnt].sum(0) > 0
                fair = judged[learnt_of[labels[judged].argmax(1)]]
            told.append(model.inside(which[fair]))
            wanted.append(labels[fair])
        return np.concatenate(told), np.concatenate(wanted)

    @abstractmethod
    def _as_rows(self, found: NDArray[Any]) -> Floats:
        """Labels as rows, shape (m, c)."""

    @abstractmethod
    def _loss(self, told: Floats, wanted: Floats) -> float:
        """How far answers are from labels; 0 where there are none."""

    def _put_right(self, answers: Floats) -> Floats:
        """Answers as held-out labels show they should be."""
        return answers

    @abstractmethod
    def _learn_from_held_out(self, told: Floats, wanted: Floats, labels: Floats) -> None:
        """Judge by answers for labels that were held out, and put answers right."""
