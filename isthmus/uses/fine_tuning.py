"""An encoder that learns what a few labels say."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import entropy
from torch import Tensor, nn

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.data.rows import Rows
from isthmus.losses import Term, ToldClasses, ToldValues, total_loss
from isthmus.model import Model
from isthmus.networks.trust import give_trust
from isthmus.principal import usable_deviations
from isthmus.training import Task, chance, train
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.spreading import SpreadClasses, SpreadValues

__all__ = ["FineTuned", "FineTunedClasses", "FineTunedValues", "Tuning"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# How often labels spread and the encoder learns what spread, and about how many steps each time.
ROUNDS, STEPS = 2, 200
# What labels weigh at first, in units of all that the autoencoder was fitted to.
WEIGHT = 2.0
# Share of the items of a step that have a label.
LABELLED = 0.5
# Spread shares are too even: they are made sharper by this power.
POWER = 4.0
# Chance of measuring that; see `isthmus.training.chance`.
MEASURING = 6


@dataclass(frozen=True)
class Tuning:
    """What fine-tuning begins at.

    Attributes
    ----------
    autoencoder : Autoencoder
        Fitted; stays as it is.
    items : ndarray, shape (n, *item_shape_)
        What the graph's codes are of.
    seed : int
    """

    autoencoder: Autoencoder
    items: NDArray[Any]
    seed: int

    def of(self, which: Indices) -> Tuning:
        """The same with some of the items."""
        return replace(self, items=self.items[which])


class FineTuned(ABC):
    """The encoder learns labels, then they spread along ties between the codes that it gives now.

    A linear head tells labels by codes; encoder, decoder and head are trained together, by what
    the head should tell and by the autoencoder's own loss beside, on items changed by its
    corruption. Iscen, Tolias, Avrithis and Chum, "Label propagation for deep semi-supervised
    learning" (CVPR 2019).

    Parameters
    ----------
    tuning : Tuning
    """

    spreading: ClassVar[type[SpreadClasses] | type[SpreadValues]]
    term: ClassVar[type[ToldClasses] | type[ToldValues]]

    def __init__(self, tuning: Tuning):
        self.tuning = tuning

    def learn(self, graph: NeighbourGraph, which: Indices, labels: Floats) -> Self:
        """See `isthmus.uses.spreading.Way`."""
        self.graph = graph
        self.spread = self.spreading().learn(graph, which, labels)
        self.autoencoder = copy.copy(self.tuning.autoencoder)
        if not np.ptp(labels, axis=0).any():
            return self
        model = self.autoencoder.model_ = copy.deepcopy(self.autoencoder.model_)
        model.head = Head(graph.codes, labels.shape[1])
        task = self._task(which)
        term = self._term(model, replace(task, given=self._given(which, labels)))
        for turn in range(ROUNDS):
            given = self._given(which, labels)
            terms, seed = {**task.terms, "told": term}, self.tuning.seed + turn
            train(model, graph.codes.shape[1], replace(task, given=given, terms=terms, seed=seed))
            self._trust(model)
            codes = self.autoencoder.transform(self.tuning.items)
            self.spread = self.spreading().learn(NeighbourGraph.of(codes), which, labels)
        return self

    def inside(self, which: Indices) -> Floats:
        """Answers for items of the graph, shape (len(which), c)."""
        return self.spread.inside(which)

    def outside(self, codes: Floats) -> Floats:
        """Answers for codes of the encoder as it was, shape (n, c): those of the nearest items."""
        return self.graph.of_others(codes, self.spread.held)

    def of_items(self, items: NDArray[Any]) -> Floats:
        """Answers for other items, by the tuned encoder, shape (n, c)."""
        return self.spread.outside(self.autoencoder.transform(items))

    @abstractmethod
    def wanted(self, held: Floats, which: Indices, labels: Floats) -> Floats:
        """What the head should tell of each item, shape (n, c), by what labels spread to them."""

    def _given(self, which: Indices, labels: Floats) -> Tensor:
        return torch.from_numpy(self.wanted(self.spread.held, which, labels)).float()

    def _task(self, which: Indices) -> Task:
        """All items, those with labels often enough to be a part of every step."""
        ae, slots = self.autoencoder, Slots.of(self.autoencoder)
        rows = Rows(self.tuning.items, ae.scaling_)
        often = max(1, round(LABELLED / (1 - LABELLED) * len(rows) / len(which)))
        drawn = np.concatenate([np.arange(len(rows)), np.repeat(which, often)])
        settings = copy.copy(slots.network.suited(slots.training, rows.item_shape))
        settings.set_params(
            batch_size=None, minutes=None, validation=0.0, patience=None, reduce_patience=None
        )
        task = Task(rows, drawn, drawn[:0], slots.corruption, slots.loss, settings, 0)
        settings.set_params(epochs=max(1, round(STEPS / task.steps_per_epoch)))
        return task

    @torch.no_grad()
    def _term(self, model: Model, task: Task) -> Term:
        """The head's part of the loss: while it tells nothing, so many times all the rest.

        At least 1, where items come back without an error.
        """
        assert task.given is not None
        some = task.kept[:: max(1, len(task.kept) // task.batch_size)]
        generator = chance(task.seed, MEASURING)
        record = model(task.corruption(task.rows.batch(some), generator), generator)
        record = replace(record, given=task.given[some])
        own = float(total_loss(task.terms, record) / self.term()(record))
        return self.term(max(1.0, WEIGHT * own))

    def _trust(self, model: Model) -> None:
        """What was learnt now is judged by labels, not by how well items come back."""
        sizes = model.code.sizes(self.graph.codes.shape[1])
        give_trust(model, sizes, [1.0] * len(sizes))


class FineTunedClasses(FineTuned):
    """Of classes: items without a label count by how surely labels reach them.

    Shares that spread are too even, so they are made sharper: Berthelot et al., "MixMatch: a
    holistic approach to semi-supervised learning" (NeurIPS 2019), eq. 7.
    """

    spreading = SpreadClasses
    term = ToldClasses

    def wanted(self, held: Floats, which: Indices, labels: Floats) -> Floats:
        sharp = held**POWER
        sharp /= sharp.sum(1, keepdims=True)
        unsure = entropy(sharp, axis=1) / np.log(labels.shape[1])
        given = sharp * (1 - unsure)[:, None]
        given[which] = labels
        return np.asarray(given)


class FineTunedValues(FineTuned):
    """Of values: items without a label teach nothing."""

    spreading = SpreadValues
    term = ToldValues

    def wanted(self, held: Floats, which: Indices, labels: Floats) -> Floats:
        given = np.full(held.shape, np.nan)
        given[which] = (labels - labels.mean(0)) / labels.std(0)
        return given


class Head(nn.Module):
    """A linear map of codes in units of what they were before; tells nothing until it learns.

    Parameters
    ----------
    codes : ndarray, shape (n, k)
    n_told : int
        Numbers to tell.
    """

    def __init__(self, codes: Floats, n_told: int):
        super().__init__()
        self.mean = nn.Buffer(torch.from_numpy(codes.mean(0)).float())
        self.deviation = nn.Buffer(torch.from_numpy(usable_deviations(codes.var(0))).float())
        self.linear = nn.Linear(codes.shape[1], n_told)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, code: Tensor) -> Tensor:
        told: Tensor = self.linear((code - self.mean) / self.deviation)
        return told
