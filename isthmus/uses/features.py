"""A network for pictures trained on the user's own labels, for its features."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from isthmus.data.rows import Chunks, Rows, held_out_split
from isthmus.data.scaling import fit_scaling
from isthmus.errors import BadInput
from isthmus.files import replacing_file
from isthmus.losses.vgg import as_seen
from isthmus.training.task import chance

__all__ = ["Trained", "train_features"]

# Channels of the two convolutions of each stage.
STAGES = (32, 64, 128)
BATCH, RATE, HELD_OUT = 64, 2e-3, 0.1
SHUFFLING = 6
FEWEST_LABELS = 2


@dataclass(frozen=True)
class Trained:
    """How well the network tells the labels of pictures it has not seen.

    Attributes
    ----------
    accuracy : float
        Share of the held-out pictures, 0..1.
    majority : float
        The share that the commonest label would get.
    n_held_out : int
    """

    accuracy: float
    majority: float
    n_held_out: int


def train_features(
    items: NDArray[Any],
    labels: NDArray[np.str_],
    path: Path,
    *,
    epochs: int = 10,
    seed: int = 0,
) -> Trained:
    """Train a small network of the VGG family to tell labels, and write the weights of its stages.

    Parameters
    ----------
    items : ndarray, shape (n, H, W) or (n, H, W, C)
    labels : ndarray of str, shape (n,)
        Items without a label ("") are left out.
    path : Path
        A ``.safetensors`` file for the loss ``perceptual``.
    epochs, seed : int

    Raises
    ------
    BadInput
        If the items are no pictures or have fewer than two labels.
    """
    known = np.flatnonzero(labels != "")
    names, classes = np.unique(labels[known], return_inverse=True)
    if items.ndim < 3:
        raise BadInput(f"items have shape {items.shape[1:]}; features are learnt from pictures.")
    if len(names) < FEWEST_LABELS:
        raise BadInput(f"{len(names)} label(s); at least 2 are needed: subfolders are labels.")
    rows = Rows(items, fit_scaling("auto", items.dtype, Chunks(items, known)))
    kept, held_out = held_out_split(len(known), HELD_OUT, seed)
    targets = torch.from_numpy(classes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _network(rows.item_shape[2], len(names))
    _train(network, rows, known, targets, kept, epochs, seed)
    right = _predicted(network, rows, known[held_out]) == targets[held_out]
    state = {k: v.contiguous() for k, v in network.state_dict().items() if k.startswith("features")}
    with replacing_file(path) as temporary:
        save_file(state, temporary)
    majority = np.bincount(classes).max() / len(classes)
    return Trained(float(right.float().mean()), float(majority), len(held_out))


class _Classifier(nn.Module):
    def __init__(self, features: nn.Sequential, classify: nn.Module):
        super().__init__()
        self.features = features
        self.classify = classify

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.features(as_seen(pictures, pictures.shape[-1]))
        return self.classify(maps.mean((2, 3)))


def _network(channels: int, n_classes: int) -> _Classifier:
    layers: list[nn.Module] = []
    for stage, width in enumerate(STAGES):
        for _ in range(2):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        if stage < len(STAGES) - 1:
            layers.append(nn.MaxPool2d(2))
    return _Classifier(nn.Sequential(*layers), nn.Linear(channels, n_classes))


def _train(
    network: _Classifier,
    rows: Rows,
    known: NDArray[np.intp],
    targets: Tensor,
    kept: NDArray[np.intp],
    epochs: int,
    seed: int,
) -> None:
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    n_steps = epochs * -(-len(kept) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=max(n_steps, 2))
    network.train()
    for epoch in range(epochs):
        order = torch.randperm(len(kept), generator=chance(seed, SHUFFLING, epoch))
        for some in torch.from_numpy(kept)[order].split(BATCH):
            scores = network(rows.batch(known[some.numpy()]))
            optimizer.zero_grad()
            functional.cross_entropy(scores, targets[some]).backward()
            optimizer.step()
            schedule.step()
    network.eval()


@torch.no_grad()
def _predicted(network: _Classifier, rows: Rows, indices: NDArray[np.intp]) -> Tensor:
    pieces = np.array_split(indices, max(1, len(indices) // (4 * BATCH)))
    return torch.cat([network(rows.batch(piece)).argmax(1) for piece in pieces])
